/** Longest error text of a server that is passed on, in characters. */
const MAX_ERROR_TEXT = 300;

/**
 * Sends JSON and returns the body of the answer.
 * @throws Error when the status is not the expected one, or no answer comes within `timeoutMs`
 */
export async function postJson(url: string, body: object, timeoutMs: number, status: number): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url} answered ${response.status}: ${text.slice(0, MAX_ERROR_TEXT)}`);
  return text;
}
