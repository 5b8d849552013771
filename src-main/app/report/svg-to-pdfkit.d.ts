/** The package ships no types. */
declare module 'svg-to-pdfkit' {
  import type PdfDocument from 'pdfkit';
  export default function svgToPdf(
    pdf: InstanceType<typeof PdfDocument>,
    svg: string,
    x: number,
    y: number,
    options?: { assumePt?: boolean; fontCallback?: (family: string, bold: boolean, italic: boolean) => string },
  ): void;
}
