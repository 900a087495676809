/** Whether `text` is a metric name with optional labels, as core-metrics-extractor reads them: `name` or `name{a=b,c="d"}`. */
export function isMetricSpec(text: string): boolean {
  const open = text.indexOf('{');
  const name = (open < 0 ? text : text.slice(0, open)).trim();
  if (!/^[A-Za-z_:][\w:]*$/.test(name)) return false;
  if (open < 0) return true;
  const tail = text.trimEnd();
  if (!tail.endsWith('}')) return false;
  const labels = tail.slice(open + 1, -1).trim();
  return labels === '' || labels.split(',').every(isLabelPair);
}

function isLabelPair(pair: string): boolean {
  const equals = pair.indexOf('=');
  if (equals < 0) return false;
  const value = pair.slice(equals + 1).trim();
  return /^[A-Za-z_]\w*$/.test(pair.slice(0, equals).trim()) && (/^"[^"]*"$/.test(value) || /^[^"\s{}]+$/.test(value));
}

/** Whether `text` is a byte size with an optional unit such as `512MiB`, `2 GB` or `1024`. */
export function isByteSize(text: string): boolean {
  return text.length <= 64 && /^\d[\d,]*(\.\d*)? *([kmgtpe]i?b?|b)?$/i.test(text);
}
