import type { BaseWindow, Dialog, OpenDialogOptions } from 'electron';
import type { Grants } from './grants.ts';

const DIALOGS: Record<'model' | 'data', OpenDialogOptions> = {
  model: { title: 'Choose a float model', properties: ['openFile'], filters: [{ name: 'ONNX models', extensions: ['onnx'] }] },
  data: { title: 'Choose a folder of images', properties: ['openDirectory'] },
};

/** The native dialog; what is chosen in it is granted to the window. Null when it is dismissed. */
export function createPick(
  dialog: Pick<Dialog, 'showOpenDialog'>,
  grants: Pick<Grants, 'grant'>,
  owner: () => BaseWindow | null,
): (what: 'model' | 'data') => Promise<string | null> {
  return async (what) => {
    const window = owner();
    const { canceled, filePaths } = await (window ? dialog.showOpenDialog(window, DIALOGS[what]) : dialog.showOpenDialog(DIALOGS[what]));
    const [path] = filePaths;
    return canceled || path === undefined ? null : grants.grant(path);
  };
}
