/** The middle value; of an even number the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A number that can be read; nothing was answered where there is none. */
const digits = (value) => (value > 0 && Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : '-');

/** What is measured, and how it is read from a result. */
const COLUMNS = [
  ['req/s', ({ rate }) => rate],
  ['p50 ms', ({ pick }) => pick.p50],
  ['p99 ms', ({ pick }) => pick.p99],
  ['p99.9 ms', ({ pick }) => pick.p999],
  ['CPU us/req', ({ cpuPerRequest }) => cpuPerRequest],
  ['RSS MB', ({ residentMB }) => residentMB],
  ['scrapes/s', ({ scrapes }) => scrapes],
];

/** Of these the first picker is compared with each other one. */
const COMPARED = new Set(['req/s', 'p50 ms', 'p99 ms', 'CPU us/req']);

/**
 * A Markdown table of medians. `all` has the results by row and by picker, `wanted` the scrapes a second that a row asks for.
 */
export function table(all, wanted, pickers) {
  const compared = pickers.length > 1 ? COLUMNS.filter(([name]) => COMPARED.has(name)) : [];
  const head = ['endpoints x prompt', 'picker', ...COLUMNS.map(([name]) => name), 'errors', ...compared.map(([name]) => `${name}, ratio`)];
  const lines = [head, head.map((_, index) => (index < 2 ? '---' : '---:'))];
  for (const [row, byPicker] of all) {
    const medians = pickers.map((picker) => COLUMNS.map(([, read]) => median(byPicker.get(picker).map(read))));
    pickers.forEach((picker, index) => {
      const cells = COLUMNS.map(([name], column) => {
        const value = digits(medians[index][column]);
        return name === 'scrapes/s' ? `${value} of ${wanted.get(row)}` : value;
      });
      const errors = byPicker.get(picker).reduce((sum, result) => sum + result.errors, 0);
      const ratios = compared.map(([name]) => {
        const column = COLUMNS.findIndex(([other]) => other === name);
        return index === 0 ? '1' : digits(medians[0][column] / medians[index][column]);
      });
      lines.push([row, picker, ...cells, String(errors), ...ratios]);
    });
  }
  const note = compared.length > 0 ? `\nA ratio is ${pickers[0]} divided by the picker of the line.\n` : '';
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n${note}`;
}
