/** What redaction replaced, without the originals. */
export interface Receipt {
  replaced: readonly { kind: 'host' | 'address' | 'user'; pseudonym: string; count: number }[];
}
