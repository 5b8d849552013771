import { join } from 'node:path';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { measureTop1, type Classifier } from './classification.ts';
import { measureYolox } from './detection.ts';
import { root } from './jobs.ts';
import { keywordFolder } from './keywords.ts';
import type { Row } from './result.ts';
import { measureDeepLab } from './segmentation.ts';

/** What turns YOLOX's feature maps into its output: everything behind the last convolutions. One scale cannot hold box sizes and probabilities. */
const YOLOX_DECODING = ['Sigmoid_(329|330|362|363|395|396)', 'Concat_(331|364|397|422)', 'Reshape_.*', 'Transpose_423'];

/** The convolutions that make boxes and scores, right before the decoding. */
const YOLOX_PREDICTIONS = ['Conv_(314|327|328|347|360|361|380|393|394)'];
/**
 * The first three convolutions with their SiLUs. Channels of the first differ a thousandfold in size (up to 89 against 0.1), the depthwise one behind it
 * multiplies the small ones by 11, and no range of 8 bits holds both.
 */
const YOLOX_STEM = ['Concat_40', '(Conv|Sigmoid|Mul)_4[0-9]'];
const YOLOX_STEM_TENSORS = ['onnx::Sigmoid_1177', 'input.7', 'onnx::Sigmoid_1180', 'input.15', 'onnx::Sigmoid_1183', 'input.23'];
const STEM_IN_16_BITS = Object.fromEntries(YOLOX_STEM_TENSORS.map((name) => [name, { type: 'uint16' as const }]));

const INT16 = { activations: 'int16', symmetricActivations: true } as const;
/** What int16 activations cannot win back. */
const WEIGHT_ONLY = { format: 'weight-only', activations: 'float' } as const;
const FLOAT16 = { format: 'float16' } as const;

function classifier(model: string, data: string, preprocess: string | null): Classifier {
  return { model: shared('models', `${model}.onnx`), data: shared('data', data), preprocess: preprocess && shared('preprocess', `${preprocess}.json`) };
}

function top1(name: string, goal: number | null, of: Classifier, changes?: Parameters<typeof measureTop1>[1]): Row {
  return { name, figure: 'top-1', goal, measure: () => measureTop1(of, changes) };
}

function yolox(name: string, goal: number | null, changes: Partial<Recipe>): Row {
  return { name, figure: 'mAP', goal, measure: () => measureYolox(changes) };
}

/** The goals of the quantizer, and beside them what is no goal but tells why the defaults are what they are. */
export function rows(): Row[] {
  const sample: Classifier = { model: join(root, 'resources/sample/model.onnx'), data: join(root, 'resources/sample/images'), preprocess: null };
  const bundled = [top1('bundled sample', null, sample), top1('bundled sample, per-tensor', null, sample, { granularity: 'per-tensor' })];
  if (!hasShared) return bundled;

  const mobileNet = classifier('imagenet/mobilenetv2-7-fp32', 'imagenet300', 'imagenet-torchvision-224');
  const mobileNetTf2 = classifier('imagenet/mobilenetv2-1.0-tf2-dequant-fp32', 'imagenet300', 'imagenet-tf2-224');
  const squeezeNet = classifier('imagenet/squeezenet1.1-opset7-fp32', 'imagenet300', 'imagenet-torchvision-224');
  const keywords: Classifier = { model: shared('models/kws/dscnn-kws-fp32.onnx'), data: keywordFolder(), preprocess: null };
  return [
    ...bundled,
    top1('LeNet MNIST', 0, classifier('mnist/lenet-mnist-opset11-fp32', 'mnist2000', 'mnist-unit')),
    top1('CNTK MNIST', null, classifier('mnist/cntk-mnist-opset8-fp32', 'mnist2000', 'mnist-raw')),
    top1('ResNet-8 CIFAR-10', null, classifier('cifar10/resnet8-cifar10-fp32', 'cifar10-jpeg500', 'cifar10-raw-nhwc')),
    top1('ResNet-20 CIFAR-10', 0.3, classifier('cifar10/resnet20-cifar10-bn-opset9-fp32', 'cifar10-jpeg500', 'cifar10-normalized')),
    top1('ResNet-32 CIFAR-10', 0.3, classifier('cifar10/resnet32-cifar10-opset17-fp32', 'cifar10-jpeg500', 'cifar10-normalized')),
    top1('DS-CNN keywords', 0.5, keywords),
    top1('SqueezeNet 1.1', 0.5, squeezeNet),
    top1('SqueezeNet 1.1, int16 activations', 0, squeezeNet, INT16),
    top1('SqueezeNet 1.1, int8 weights only', null, squeezeNet, WEIGHT_ONLY),
    top1('SqueezeNet 1.1, float16', 0, squeezeNet, FLOAT16),
    top1('MobileNetV2 TF2', 0.5, mobileNetTf2),
    top1('MobileNetV2 TF2, per-tensor', null, mobileNetTf2, { granularity: 'per-tensor' }),
    top1('MobileNetV2-7', 0.5, mobileNet),
    top1('MobileNetV2-7, minmax', null, mobileNet, { range: 'minmax' }),
    top1('MobileNetV2-7, int16 activations', 0, mobileNet, INT16),
    top1('MobileNetV2-7, int8 weights only', null, mobileNet, WEIGHT_ONLY),
    top1('MobileNetV2-7, all int16', 0, mobileNet, { ...INT16, weights: 'int16', range: 'minmax' }),
    top1('MobileNetV2-7, float16', 0, mobileNet, FLOAT16),
    yolox('YOLOX-Nano, decoding left float', 1, { exclude: YOLOX_DECODING }),
    yolox('YOLOX-Nano, and entropy', null, { exclude: YOLOX_DECODING, range: 'entropy' }),
    yolox('YOLOX-Nano, and stem in uint16', 1, { exclude: YOLOX_DECODING, overrides: STEM_IN_16_BITS }),
    yolox('YOLOX-Nano, and stem, predictions float', 1, { exclude: [...YOLOX_DECODING, ...YOLOX_PREDICTIONS, ...YOLOX_STEM] }),
    yolox('YOLOX-Nano, all integer', null, {}),
    { name: 'DeepLabV3 MobileNetV2', figure: 'mIoU', goal: 1, measure: () => measureDeepLab({}) },
  ];
}
