import { getDocumentProxy } from 'unpdf';

/** A run of text as a reader's search finds it; coordinates in points from the lower left corner. */
export interface Piece {
  text: string;
  x: number;
  y: number;
  width: number;
  size: number;
  /** False for what is drawn for the eye only: page numbers, heads repeated on a further page. */
  content: boolean;
}

/** The pieces of text of every page, in reading order. */
export async function pdfPieces(body: Uint8Array): Promise<Piece[][]> {
  const document = await getDocumentProxy(new Uint8Array(body));
  const pages: Piece[][] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent({ includeMarkedContent: true });
    const pieces: Piece[] = [];
    const open: boolean[] = [];
    for (const item of items) {
      if ('str' in item) {
        const [, , , size = 0, x = 0, y = 0] = item.transform as number[];
        const content = open.every(Boolean);
        if (item.str.trim() !== '') pieces.push({ text: item.str, x, y, width: item.width, size, content });
      } else if (item.type === 'endMarkedContent') {
        open.pop();
      } else {
        open.push(!('tag' in item) || item.tag !== 'Artifact');
      }
    }
    pages.push(pieces);
  }
  return pages;
}

/** The text of a PDF without what is repeated on its pages; a blank where a reader takes a gap for one. */
export async function pdfText(body: Uint8Array): Promise<string> {
  const pages = await pdfPieces(body);
  let text = '';
  let last: Piece | undefined;
  for (const piece of pages.flat().filter(({ content }) => content)) {
    const gap = last === undefined ? 0 : piece.x - last.x - last.width;
    const joined = last !== undefined && last.y === piece.y && Math.abs(gap) < 0.1 * piece.size;
    text += `${joined ? '' : ' '}${piece.text}`;
    last = piece;
  }
  return text;
}

/** An element of the tag tree with what stands in it. */
export interface Element {
  role: string;
  alt: string | null;
  children: Element[];
  /** What it holds on the page whose tree it is in; empty for what stands on another page. */
  content: string;
}

interface PageTree {
  role?: string;
  alt?: string;
  id?: string;
  children?: readonly PageTree[];
}

/** The tag tree of every page. An element of several pages, such as a long table, is whole in the tree of each. */
export async function pdfTags(body: Uint8Array): Promise<Element[]> {
  const document = await getDocumentProxy(new Uint8Array(body));
  const trees: Element[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const tree = (await (await document.getPage(number)).getStructTree()) as PageTree;
    const elementOf = (node: PageTree): Element => {
      const children = (node.children ?? []).filter((child) => child.role !== undefined).map(elementOf);
      const own = (node.children ?? []).map((child) => child.id ?? '').filter((id) => id !== '');
      return {
        role: node.role ?? '',
        alt: node.alt ?? null,
        children,
        content: [...own, ...children.map((child) => child.content)].join(' ').trim(),
      };
    };
    trees.push(elementOf(tree));
  }
  return trees;
}

/** Every element of a role in trees, in reading order. */
export function elementsOf(trees: readonly Element[], role: string): Element[] {
  return trees.flatMap((tree) => [...(tree.role === role ? [tree] : []), ...elementsOf(tree.children, role)]);
}
