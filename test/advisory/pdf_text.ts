import { extractText, getDocumentProxy } from 'unpdf';

/** The text of a PDF as a reader's search finds it, all pages, blanks and line breaks taken out of the way. */
export async function pdfText(body: Uint8Array): Promise<string> {
  const document = await getDocumentProxy(new Uint8Array(body));
  const { text } = await extractText(document, { mergePages: true });
  return text;
}
