import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The fonts a PDF embeds: Noto Sans JP (SIL Open Font License 1.1), as TrueType. */
export interface Fonts {
  regular: Uint8Array;
  bold: Uint8Array;
}

/** The files {@link loadFonts} reads, by the name they have in a folder of their own (a Lambda bundle). */
export const FONT_FILES = { regular: 'NotoSansJP_400Regular.ttf', bold: 'NotoSansJP_700Bold.ttf' } as const;

/** Where the files of {@link FONT_FILES} lie in an installed clone. */
export function installedFonts(): Record<keyof typeof FONT_FILES, string> {
  const root = dirname(fileURLToPath(import.meta.resolve('@expo-google-fonts/noto-sans-jp/package.json')));
  return {
    regular: join(root, '400Regular', FONT_FILES.regular),
    bold: join(root, '700Bold', FONT_FILES.bold),
  };
}

/**
 * Reads the fonts for `render(…, { format: 'pdf' })`: from `directory` when given (a Lambda bundle copies
 * {@link FONT_FILES} there), else from the installed package. About 11 MB in memory.
 */
export async function loadFonts(directory?: string): Promise<Fonts> {
  const paths =
    directory === undefined
      ? installedFonts()
      : { regular: join(directory, FONT_FILES.regular), bold: join(directory, FONT_FILES.bold) };
  const [regular, bold] = await Promise.all([readFile(paths.regular), readFile(paths.bold)]);
  return { regular, bold };
}
