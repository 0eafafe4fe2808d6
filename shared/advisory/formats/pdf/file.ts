import PDFDocument from 'pdfkit';
import type { Fonts } from '../../../fonts/load.ts';
import type { FontTables } from './face.ts';

/** What the document says of itself. */
export interface Properties {
  title: string;
  subject: string;
  keywords: string;
  /** BCP 47. */
  language: string;
  at: Date;
}

/** An embedded font as PDFKit keeps it, behind its typed interface: what its own `encode` fills, without shaping. */
export interface Embedded {
  readonly id: string;
  readonly font: FontTables;
  /** From the font's units to thousandths of an em. */
  readonly scale: number;
  readonly subset: { includeGlyph(glyph: number): number };
  /** By glyph of the subset. */
  readonly widths: number[];
  readonly unicode: number[][];
  ref(): unknown;
}

/** A PDF file under way. */
export interface PdfFile {
  readonly document: PDFKit.PDFDocument;
  readonly fonts: Record<keyof Fonts, Embedded>;
  /** Ends the file and gives its bytes. */
  end(): Uint8Array;
}

type Options = Omit<PDFKit.PDFDocumentOptions, 'info' | 'subset'> & {
  info: Record<string, unknown>;
  subset: 'PDF/UA';
};

/** Begins a PDF file with its properties and fonts, and no page. */
export function beginFile(properties: Properties, fonts: Fonts): PdfFile {
  const options: Options = {
    size: 'A4',
    margin: 0,
    autoFirstPage: false,
    // Else PDFKit reads a font of its own from beside its code.
    font: '',
    pdfVersion: '1.7',
    lang: properties.language,
    displayTitle: true,
    tagged: true,
    // ISO 14289-1; `npm run test:pdf` checks it.
    subset: 'PDF/UA',
    info: {
      Title: properties.title,
      Author: 'Bundle Advisor',
      Subject: properties.subject,
      Keywords: properties.keywords,
      Creator: 'Bundle Advisor',
      Producer: 'Bundle Advisor (PDFKit)',
      CreationDate: properties.at,
      ModDate: properties.at,
    },
  };
  const document = new PDFDocument(options as unknown as PDFKit.PDFDocumentOptions);
  const chunks: Uint8Array[] = [document.read() as Uint8Array];
  // A stream's way of handing on every few bytes takes longer than drawing; the file is wanted whole.
  document.push = (chunk: Uint8Array | null) => chunk !== null && chunks.push(chunk) > 0;
  const embed = (name: keyof Fonts): Embedded => {
    const { buffer, byteOffset, byteLength } = fonts[name];
    document.registerFont(name, Buffer.from(buffer, byteOffset, byteLength));
    document.font(name);
    return (document as unknown as { _font: Embedded })._font;
  };
  return {
    document,
    fonts: { regular: embed('regular'), bold: embed('bold') },
    end() {
      document.end();
      return Buffer.concat(chunks);
    },
  };
}
