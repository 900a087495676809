// Runs before npm packs the package in the working folder: a checkout that was not built would become a tarball without its program.
import { existsSync, readFileSync } from 'node:fs';

const { name, bin, exports, files } = JSON.parse(readFileSync('package.json', 'utf8'));
/** The paths in a value of package.json, however deep they stand. */
const paths = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(paths));
const missing = [...new Set([bin, exports, files].flatMap(paths))].filter((path) => !existsSync(path));
if (missing.length > 0) {
  console.error(
    `${name} is not built (${missing.join(', ')} missing): run "npm ci && npm run build" at the root of the checkout, then pack again`,
  );
  process.exitCode = 1;
}
