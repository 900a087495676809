/** Time between two scrapes of an endpoint, milliseconds: the default of llm-d-router v0.10.0 and of this router. */
export const SCRAPE_INTERVAL_MS = 50;

// Part of each prompt is shared within a group of requests, so that the prefix cache has something to find.
const PROMPTS = {
  '200 B': { promptBytes: 200, sharedBytes: 100 },
  '4 KB': { promptBytes: 4096, sharedBytes: 3072 },
  '64 KB': { promptBytes: 65_536, sharedBytes: 49_152 },
};

const GROUPS = [
  { endpoints: 8, prompt: '200 B', pages: 'small', streams: [1, 16, 64, 256] },
  { endpoints: 8, prompt: '4 KB', pages: 'small', streams: [1, 16, 64, 256] },
  { endpoints: 8, prompt: '64 KB', pages: 'small', streams: [1, 16, 64, 256] },
  { endpoints: 64, prompt: '200 B', pages: 'small', streams: [1, 16] },
  { endpoints: 512, prompt: '200 B', pages: 'small', streams: [1, 16] },
  { endpoints: 64, prompt: '200 B', pages: 'large', streams: [1, 16] },
];

/** The rows whose names fit, in groups that have servers and prompt in common. */
export function groupRows(pattern) {
  return GROUPS.map(({ endpoints, prompt, pages, streams }) => {
    const name = `${endpoints} x ${prompt}${pages === 'large' ? ', 46 KB pages' : ''}`;
    const rows = streams.map((count) => ({ name: `${name}, ${count} ${count === 1 ? 'stream' : 'streams'}`, streams: count }));
    return { name, endpoints, pages, ...PROMPTS[prompt], rows: rows.filter((row) => pattern.test(row.name)) };
  }).filter(({ rows }) => rows.length > 0);
}
