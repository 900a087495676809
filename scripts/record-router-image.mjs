// Last step of the build: writes which image of the router belongs to this build of the library, so that `RouterImage.BUNDLED` names the
// same one whether or not the router's package is installed. The tag is that of the router's own build, read from its files.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const NAME = 'BUNDLED_ROUTER';
const require = createRequire(import.meta.url);
const file = fileURLToPath(new URL('../build/router/bundled-tag.js', import.meta.url));

const { routerImageAsset } = require('../router/build/image/index.js');
const { tag, hash, platforms } = routerImageAsset();

// What the compiler wrote must still be what this replaces.
if (!readFileSync(file, 'utf8').includes(`exports.${NAME} = `)) {
  throw new Error(`${file} exports no ${NAME}: adapt this script to lib/router/bundled-tag.ts`);
}
const value = JSON.stringify({ tag, hash, platforms }, null, 2);
writeFileSync(
  file,
  [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    `exports.${NAME} = void 0;`,
    '// Written by the build: the image of the router that was built together with this library.',
    `exports.${NAME} = ${value};`,
    '',
  ].join('\n'),
);
console.log(`the image of the router is llm-d-epp:${tag}`);
