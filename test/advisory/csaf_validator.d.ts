/** The parts of `@secvisogram/csaf-validator-lib` the tests use; the package ships no declarations. */
declare module '@secvisogram/csaf-validator-lib/validate.js' {
  interface Outcome {
    name: string;
    isValid?: boolean;
    errors: { instancePath: string; message: string }[];
    warnings: { instancePath: string; message: string }[];
  }
  export default function validate(
    tests: readonly unknown[],
    document: unknown,
  ): Promise<{ isValid: boolean; tests: Outcome[] }>;
}
declare module '@secvisogram/csaf-validator-lib/schemaTests.js' {
  export const csaf_2_0: unknown;
}
declare module '@secvisogram/csaf-validator-lib/mandatoryTests.js' {
  const tests: Readonly<Record<string, unknown>>;
  export = tests;
}
declare module '@secvisogram/csaf-validator-lib/optionalTests.js' {
  const tests: Readonly<Record<string, unknown>>;
  export = tests;
}
