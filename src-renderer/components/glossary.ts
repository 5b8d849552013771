/** Words that a newcomer may not know, each in one sentence. */
export const GLOSSARY = {
  scale: 'The real-valued step between two neighbouring integer codes: real value = (code − zero point) × scale.',
  'zero point': 'The integer code that stands for the real value 0 exactly.',
  SQNR: 'Signal-to-quantization-noise ratio: the power of the float signal over the power of the error, in decibels; 6 dB are worth about one bit, higher is better.',
  cosine: 'Cosine similarity of the float and the quantized tensor: 1 means the same direction, whatever the length.',
  MSE: 'Mean squared error between the float and the quantized values.',
  'cumulative error': 'The error of a tensor when everything before it is quantized too: what really arrives there.',
  'local error': "The error that this tensor's own quantization adds when its input is still exact: who is to blame.",
  'per-channel': 'Every output channel of a weight has a scale of its own, so that one wide channel does not coarsen the others.',
  'per-tensor': 'One scale for the whole tensor.',
  symmetric: 'The range is centred on zero, so that the zero point is 0.',
  QDQ: 'ONNX format in which QuantizeLinear and DequantizeLinear pairs mark what runs in integers; the runtime fuses them.',
  'least squared error':
    'The range whose clipping and rounding together cost the least squared error on the calibration images: outliers are clipped when that pays.',
  'min–max': 'The range reaches from the smallest to the largest value seen on the calibration images; nothing is clipped.',
  calibration: 'Running some images through the float model to see which range every activation needs.',
  MACs: 'Multiply-accumulates for one image: the usual measure of arithmetic work.',
  opset: 'The version of the ONNX operator set that the model was written for.',
  parameters: 'The number of trained values (weights and biases) in the model.',
  'top-1': 'Share of the images whose highest-scoring class is the label.',
  'top-5': 'Share of the images whose label is among the five highest-scoring classes.',
  agreement: 'Share of the images on which the float and the quantized model choose the same class, right or wrong.',
  latency: 'Time for one image through the model on this machine, on the CPU; not the time on the device.',
  gate: 'The float model must be right on this data before anything is quantized: a wrong preprocessing is caught here.',
  chance: 'The accuracy of guessing: 100 % divided by the number of classes.',
  'range ratio': 'Greatest over smallest channel range of a weight: high values are why per-tensor quantization fails.',
  preprocessing: "How an image becomes the model's input tensor; it must be the same as in training.",
  NCHW: 'Tensor order: batch, channels, height, width.',
  NHWC: 'Tensor order: batch, height, width, channels.',
} as const;

export type TermName = keyof typeof GLOSSARY;
