/** The part of the WebAssembly API that is used here; neither `lib.es*` nor `@types/node` declares it. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Global<T> {
    readonly value: T extends 'i32' ? number : never;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: unknown;
    constructor(module: Module);
  }
}
