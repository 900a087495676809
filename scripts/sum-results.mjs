// Prints "N passed, N failed" over jest's JSON results; arguments: failures outside of jest, then the files. A test suite that could
// not even start counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [outside = '0', ...files] = process.argv.slice(2);
const total = { passed: 0, failed: Number(outside) };
for (const file of files.filter((path) => existsSync(path))) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
  total.passed += numPassedTests;
  total.failed += numFailedTests + numRuntimeErrorTestSuites;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
