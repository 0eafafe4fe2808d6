declare module 'linebreak' {
  /** Places where a line may break, by the Unicode line breaking algorithm (UAX #14); positions in UTF-16 units. */
  export default class LineBreaker {
    constructor(text: string);
    nextBreak(): { position: number; required: boolean } | null;
  }
}
