import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Parts of libraries that a function in Lambda cannot come to, and what stands in for them. Each is matched against
 * the path that is imported, in the files of one package only.
 */
const LEFT_OUT: readonly {
  readonly path: RegExp;
  readonly importer: RegExp;
  readonly content: string;
}[] = [
  {
    // 50 languages of error messages, of which zod loads the English by itself from its own file.
    path: /\/locales\/index\.js$/,
    importer: /[\\/]zod[\\/]v4[\\/]/,
    content: 'export {};',
  },
  {
    // `z.compile` and `z.fromJSONSchema`, which nobody calls.
    path: /^\.\/(compile|from-json-schema)\.js$/,
    importer: /[\\/]zod[\\/]v4[\\/]/,
    content: 'module.exports = {};',
  },
  {
    // Lambda gives credentials in the environment; profiles, SSO, metadata services and their clients are for others.
    path: /^@aws-sdk\/credential-provider-node$/,
    importer: /[\\/]@aws-sdk[\\/]/,
    content: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  },
  {
    // The SDK's parser of browsers' names.
    path: /^bowser$/,
    importer: /[\\/]@aws-sdk[\\/]/,
    content: 'export {};',
  },
  {
    // ElectroDB checks our own model with it at every start; it does so in the tests.
    path: /^jsonschema$/,
    importer: /[\\/]electrodb[\\/]/,
    content: `export class Validator {
      static { this.prototype.customFormats = {}; }
      addSchema() {}
      validate() { return { errors: [] }; }
    }`,
  },
  {
    // ElectroDB's services and transactions, and the commands of DynamoDB beside those of its entities.
    path: /^\.\/src\/(service|transaction)$/,
    importer: /[\\/]electrodb[\\/]/,
    content: 'module.exports = {};',
  },
  {
    path: /^@aws-sdk\/lib-dynamodb$/,
    importer: /[\\/]electrodb[\\/]/,
    content: `export {
      DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand, DeleteCommand, QueryCommand,
      ScanCommand, BatchGetCommand, BatchWriteCommand, TransactGetCommand, TransactWriteCommand,
    } from '@aws-sdk/lib-dynamodb';`,
  },
  {
    // The decompressor of WOFF2; the fonts we embed are TrueType.
    path: /^brotli\/decompress\.js$/,
    importer: /[\\/]fontkit[\\/]/,
    content: "export default () => { throw new Error('WOFF2 fonts are not supported here.'); };",
  },
  {
    // `Open.s3_v3` and `Extract`, which nobody calls; `Open.custom` reads what we hand it.
    path: /^(@aws-sdk\/client-s3|fs-extra|graceful-fs)$/,
    importer: /[\\/]unzipper[\\/]/,
    content: 'export {};',
  },
];

/** Leaves out what {@link LEFT_OUT} names. */
export const leaveOut: Plugin = {
  name: 'leave-out',
  setup(build) {
    for (const [index, { path, importer }] of LEFT_OUT.entries()) {
      build.onResolve({ filter: path }, (request) =>
        importer.test(request.importer)
          ? { path: `${index}`, namespace: 'left-out', pluginData: request.resolveDir, sideEffects: false }
          : undefined,
      );
    }
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path, pluginData }) => ({
      contents: LEFT_OUT[Number(path)]?.content ?? '',
      resolveDir: pluginData,
    }));
  },
};

/**
 * liblzma, where its authors have built it for the architecture of the function (x86_64 only): the addon is copied
 * beside the code as a file of its own. Elsewhere the module cannot be loaded, and xz is decoded in WebAssembly.
 */
export function xzEngine(architecture: 'arm64' | 'x86_64', outputDirectory: string): Plugin {
  return {
    name: 'xz-engine',
    setup(build) {
      if (architecture === 'arm64') {
        build.onResolve({ filter: /^node-liblzma$/ }, () => ({ path: 'none', namespace: 'xz-engine' }));
        build.onLoad({ filter: /^none$/, namespace: 'xz-engine' }, () => ({
          contents: "throw new Error('liblzma is not built for this architecture.');",
        }));
        return;
      }
      build.onLoad({ filter: /[\\/]node-liblzma[\\/]lib[\\/]lzma\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replace("require('node-gyp-build')(bindingPath)", `require('./${XZ_ADDON}')`);
        if (contents === source) throw new Error('node-liblzma loads its addon in another way than before.');
        await mkdir(outputDirectory, { recursive: true });
        await copyFile(
          join(dirname(path), '../prebuilds/linux-x64', XZ_ADDON),
          join(outputDirectory, XZ_ADDON),
        );
        return { contents, loader: 'js' };
      });
    },
  };
}

const XZ_ADDON = 'node-liblzma.node';
