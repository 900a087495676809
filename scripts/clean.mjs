// Removes what the compiler and the image's context wrote, so that a renamed source leaves nothing behind in the package.
import { rmSync } from 'node:fs';

for (const folder of ['build', 'epp-config/build', 'router/build', 'router/image']) {
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true });
}
