/**
 * What a stretch of text is the content of: a file of the node or the output of a command run on it, however the
 * collector stored it. `sos_commands/kernel/uname_-a`, the supportconfig section `# /bin/uname -a`, a hand-made
 * `uname-a.txt` and a pasted `[root@node1 ~]# uname -a` are all the command `uname -a`.
 */
export interface Topic {
  readonly kind: 'file' | 'command';
  /** Absolute path of the file, or the command line without the folders of its program. */
  readonly name: string;
}

export function file(name: string): Topic {
  return { kind: 'file', name };
}

export function command(line: string): Topic {
  return { kind: 'command', name: line.trim().replace(/\s+/g, ' ') };
}
