/**
 * The page of the admin port. It is one static document: the data comes from `/decisions` and `/endpoints`, and is written with
 * `textContent`, so that no name of a model or an endpoint can become markup.
 */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Endpoint picker</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1b1f24; }
  h1 { font-size: 1.2rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
  table { border-collapse: collapse; } th, td { padding: .2rem .6rem; text-align: left; border-bottom: 1px solid #d8dee4; }
  td.number { text-align: right; font-variant-numeric: tabular-nums; }
  tr.picked td { font-weight: 600; } tr.stale td { color: #b35900; } tr.open { cursor: pointer; } tr.open:hover td { background: #f3f6f9; }
  .error { color: #b00020; } .dim { color: #66707a; }
</style>
<h1>Endpoint picker</h1>
<p class="dim">The last decisions, newest first. Click one to see why every endpoint won or lost. <button id="reload">Reload</button></p>
<h2>Endpoints</h2><table id="endpoints"></table>
<h2>Decisions</h2><table id="decisions"></table>
<div id="detail"></div>
<script>
  const make = (name, text, className) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const row = (cells, className, head) => {
    const line = make('tr', undefined, className);
    for (const cell of cells) line.append(make(head ? 'th' : 'td', cell, typeof cell === 'number' ? 'number' : ''));
    return line;
  };
  const fill = (id, head, lines) => document.getElementById(id).replaceChildren(row(head, '', true), ...lines);
  const load = async (path) => (await fetch(path)).json();

  function showEndpoints(endpoints) {
    fill('endpoints', ['endpoint', 'id', 'waiting', 'running', 'KV used', 'metrics age, ms', 'adapters'], endpoints.map((e) =>
      row([e.endpoint, e.id, e.waiting, e.running, Number(e.kvUsage.toFixed(3)), e.metricsAgeMs ?? 'never read', e.activeAdapters.join(', ')],
        e.metricsAgeMs === null || e.metricsAgeMs > 2000 ? 'stale' : '')));
  }
  function showDetail(decision) {
    const detail = document.getElementById('detail');
    detail.replaceChildren(make('h2', 'Request ' + decision.requestId));
    if (decision.error) detail.append(make('p', decision.error, 'error'));
    for (const profile of decision.profiles) {
      const scorers = Object.keys(profile.weights);
      const table = make('table');
      table.append(row(['endpoint', ...scorers.map((name) => name + ' \\u00d7' + profile.weights[name]), 'total', 'why'], '', true));
      for (const e of profile.endpoints) {
        table.append(row([e.endpoint, ...scorers.map((name) => e.scores[name] ?? ''), e.total ?? '', e.why], e.picked ? 'picked' : ''));
      }
      detail.append(make('h2', 'Profile ' + profile.profile), table);
    }
  }
  function showDecisions(decisions) {
    fill('decisions', ['time', 'request', 'model', 'priority', 'bytes', 'candidates', 'picked'], decisions.map((d) => {
      const picked = d.profiles.flatMap((p) => p.endpoints.filter((e) => e.picked).map((e) => p.profile + ': ' + e.endpoint)).join(', ');
      const line = row([new Date(d.time).toISOString(), d.requestId, d.targetModel, d.priority, d.promptBytes, d.candidates, d.error || picked],
        'open' + (d.error ? ' error' : ''));
      line.addEventListener('click', () => showDetail(d));
      return line;
    }));
  }
  async function refresh() {
    showEndpoints((await load('endpoints')).endpoints);
    showDecisions((await load('decisions')).decisions);
  }
  document.getElementById('reload').addEventListener('click', refresh);
  refresh();
</script>
</html>
`;
