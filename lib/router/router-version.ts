/** True when `version` is `other` or newer; `main` is newer than every release. */
export function isAtLeast(version: string, other: string): boolean {
  if (version === 'main' || version === other) {
    return true;
  }
  if (other === 'main') {
    return false;
  }
  const [a, b] = [numbers(version), numbers(other)];
  const differing = a.findIndex((part, index) => part !== b[index]);
  return differing === -1 || (a[differing] as number) > (b[differing] as number);
}

// A release candidate counts as its release: the flags are those of the branch.
function numbers(version: string): readonly number[] {
  return version.replace(/^v/, '').replace(/-.*$/, '').split('.').map(Number);
}
