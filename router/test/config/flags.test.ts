import { FlagError, Flags, usage } from '../../src/config/flags';

const pool = '--pool-name=pool';

describe('flags', () => {
  test('have the defaults of the catalog', () => {
    const flags = Flags.parse([pool]);
    expect(flags.integer('grpc-port')).toBe(9002);
    expect(flags.flag('secure-serving')).toBe(true);
    expect(flags.flag('health-checking')).toBe(false);
    expect(flags.duration('drain-timeout')).toBe(30_000);
    expect(flags.size('grpc-max-recv-msg-size')).toBeUndefined();
    expect(flags.list('tls-cipher-suites')).toEqual([]);
  });

  test('are written as pflag takes them', () => {
    const flags = Flags.parse([pool, '--grpc-port', '7', '--health-checking', '--secure-serving=false', '-v', '4', '--config-text=']);
    expect(flags.integer('grpc-port')).toBe(7);
    expect(flags.flag('health-checking')).toBe(true);
    expect(flags.flag('secure-serving')).toBe(false);
    expect(flags.integer('v')).toBe(4);
    expect(Flags.parse([pool, '-v=5']).integer('v')).toBe(5);
    expect(Flags.parse([pool, '-v5']).integer('v')).toBe(5);
    expect(Flags.parse([pool, '--v=1', '--v=3']).integer('v')).toBe(3);
  });

  test('of lists add up and take commas', () => {
    const flags = Flags.parse(['--endpoint-selector=app=vllm', '--endpoint-target-ports=8000', '--endpoint-target-ports=8001, 8002']);
    expect(flags.list('endpoint-target-ports')).toEqual(['8000', '8001', '8002']);
    expect(flags.text('endpoint-selector')).toBe('app=vllm');
  });

  test('of sizes take units and a trailing B', () => {
    expect(Flags.parse([pool, '--grpc-max-recv-msg-size=10MiB']).size('grpc-max-recv-msg-size')).toBe(10 * 1024 * 1024);
  });

  test.each([
    [[pool, '--grpc-prot=1'], 'unknown flag "grpc-prot", did you mean "grpc-port"?'],
    [[pool, '--grpc-port=x'], 'is no value of flag "grpc-port"'],
    [[pool, '--grpc-port'], 'flag --grpc-port needs a value'],
    [[pool, 'serve'], 'unexpected argument "serve"'],
    [[], 'neither pool-name nor endpoint-selector is given'],
    [[pool, '--config-file=a', '--config-text=b'], 'config-file and config-text are both given'],
    [[pool, '--lora-info-metric=x'], 'the router does not start with flag "lora-info-metric"'],
  ])('%j is refused', (args, message) => {
    expect(() => Flags.parse(args)).toThrow(FlagError);
    expect(() => Flags.parse(args)).toThrow(message);
  });

  test('that work but should not be written are warnings', () => {
    expect(Flags.parse([pool, '--refresh-metrics-interval=10ms']).warnings.join()).toContain('50ms');
  });

  test('are all in the usage text, refused ones apart', () => {
    expect(usage()).toContain('--drain-timeout duration');
    expect(usage()).not.toContain('lora-info-metric');
  });
});
