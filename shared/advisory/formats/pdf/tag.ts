/** Types of structure elements that the advisory uses (PDF 1.7, 14.8.4). */
export type TagType =
  | 'Document'
  | 'Sect'
  | 'Div'
  | 'H1'
  | 'H2'
  | 'H3'
  | 'H4'
  | 'P'
  | 'Code'
  | 'L'
  | 'LI'
  | 'Lbl'
  | 'LBody'
  | 'Table'
  | 'Caption'
  | 'TR'
  | 'TH'
  | 'TD'
  | 'Figure'
  | 'Link';

/** A node of the tag tree, by which reading aids and search engines know what is a heading, a list or a table. */
export class Tag {
  readonly type: TagType;
  readonly parent: Tag | null;
  /** Words for a picture. */
  readonly alt: string | null;
  /** Of a table's heading cell: what it heads. */
  readonly scope: 'Column' | 'Row' | null;

  constructor(type: TagType, parent: Tag | null, over: { alt?: string; scope?: 'Column' | 'Row' } = {}) {
    this.type = type;
    this.parent = parent;
    this.alt = over.alt ?? null;
    this.scope = over.scope ?? null;
  }

  child(type: TagType, over: { alt?: string; scope?: 'Column' | 'Row' } = {}): Tag {
    return new Tag(type, this, over);
  }
}
