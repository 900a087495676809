// Writes the pages below docs/ that are generated: `npm run docs`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rulesPage } from './rules-page';

const docs = resolve(__dirname, '../docs');
mkdirSync(docs, { recursive: true });
writeFileSync(join(docs, 'rules.md'), rulesPage());
console.log('docs/rules.md is written');
