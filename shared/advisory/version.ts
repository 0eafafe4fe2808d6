/** Version of the tool as document control names it; a test holds it to package.json. */
export const TOOL_VERSION = '0.1.0';
