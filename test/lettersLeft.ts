/** In a language without letters: which are left of what is said, apart from names, paths and what a test itself calls DATA? */

/** The same in every language, and names of nnU-Net's. */
const names =
  /\b(Dice|CT|CPU|GPU|MR|ONNX|DICOM|nnU-Net|nnUNet\w*|JSON|NaN|IoU|mm|raw|preprocessed|results|[23]d(_\w+)?|imagesTr|labelsTr|auto|cpu|kB|MB|GB)\b/g;

export function lettersLeft(text: string | undefined): string {
  return (text ?? '')
    .replaceAll('/nnunet dataset', '/')
    .replaceAll('/Meine Daten', '/')
    .replace(/<style[^]*?<\/style>|<[^>]*>|&\w+;|&#\d+;/g, ' ')
    .replace(/\$\([\w~-]+\)|\S*[/\\]\S*|\S*(DATA|Dataset\d{3}\\?_)\S*/g, ' ')
    .replace(names, ' ')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();
}
