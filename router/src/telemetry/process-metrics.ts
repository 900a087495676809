import type { Clock } from '../plugin/clock';
import type { MetricsRegistry } from './registry';

const BUILD_LABELS = ['commit', 'build_ref'];

/** Says that a router runs, under the current name and the deprecated one. The labels stay empty, as in upstream's plain builds. */
export function buildInfo(registry: MetricsRegistry): void {
  const help = 'General information of the build that runs.';
  for (const name of ['llm_d_epp_info', 'inference_extension_info']) registry.gauge(name, help, BUILD_LABELS).with('', '').set(1);
}

/** What dashboards expect of any process, and what tells whether the one event loop keeps up. */
export function processMetrics(registry: MetricsRegistry, clock: Clock): void {
  const started = registry.gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.').with();
  started.set((clock.wallTime() - clock.now()) / 1000);
  const cpu = registry.counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.').with();
  const resident = registry.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.').with();
  const heap = registry.gauge('nodejs_heap_size_used_bytes', 'Used heap of the process in bytes.').with();
  const busy = registry
    .gauge('nodejs_eventloop_utilization', 'Share of time in which the event loop was busy, since the last scrape.')
    .with();
  let last = performance.eventLoopUtilization();
  registry.collect(() => {
    const { user, system } = process.cpuUsage();
    cpu.value = (user + system) / 1e6;
    resident.set(process.memoryUsage.rss());
    heap.set(process.memoryUsage().heapUsed);
    const now = performance.eventLoopUtilization();
    busy.set(performance.eventLoopUtilization(now, last).utilization);
    last = now;
  });
}
