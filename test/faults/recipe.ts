/** Of the run that is finished before anything goes wrong. Few images: these runs are there to be disturbed. */
export const FINISHED = { samples: 20 };
/** Another outcome, so that what a disturbed run leaves behind cannot hide behind the finished one's files of the same content. */
export const DISTURBED = { samples: 30 };
