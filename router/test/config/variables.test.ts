import { numberVariable, sizeVariable, textVariable, unknownVariables, wordVariable } from '../../src/config/variables';

describe('variables', () => {
  test('have defaults, also when they are empty', () => {
    expect(wordVariable({}, 'LLM_D_EPP_ECHO_HEADERS')).toBe('all');
    expect(wordVariable({ LLM_D_EPP_CONFIG_RELOAD: '' }, 'LLM_D_EPP_CONFIG_RELOAD')).toBe('true');
    expect(numberVariable({}, 'LLM_D_EPP_ADMIN_PORT')).toBe(9091);
    expect(sizeVariable({}, 'LLM_D_EPP_MAX_REQUEST_BODY_BYTES')).toBe(64 * 1024 * 1024);
    expect(sizeVariable({}, 'LLM_D_EPP_PREFIX_INDEX_BYTES', 7)).toBe(7);
    expect(textVariable({}, 'LLM_D_EPP_ADMIN_HOST')).toBe('127.0.0.1');
  });

  test('are read', () => {
    expect(wordVariable({ LLM_D_EPP_ECHO_HEADERS: ' changed ' }, 'LLM_D_EPP_ECHO_HEADERS')).toBe('changed');
    expect(numberVariable({ LLM_D_EPP_ADMIN_PORT: '0' }, 'LLM_D_EPP_ADMIN_PORT')).toBe(0);
    expect(sizeVariable({ LLM_D_EPP_MAX_BUFFERED_BYTES: '2Gi' }, 'LLM_D_EPP_MAX_BUFFERED_BYTES')).toBe(2 ** 31);
    expect(sizeVariable({ LLM_D_EPP_MAX_BUFFERED_BYTES: '1000' }, 'LLM_D_EPP_MAX_BUFFERED_BYTES')).toBe(1000);
    expect(textVariable({ LLM_D_EPP_ADMIN_HOST: '::1' }, 'LLM_D_EPP_ADMIN_HOST')).toBe('::1');
  });

  test('with other values say what is allowed', () => {
    expect(() => wordVariable({ LLM_D_EPP_ECHO_HEADERS: 'All' }, 'LLM_D_EPP_ECHO_HEADERS')).toThrow(
      'LLM_D_EPP_ECHO_HEADERS is "All", write "all" or "changed"',
    );
    for (const port of ['65536', '-1', '1.5', 'x', '1e3']) {
      expect(() => numberVariable({ LLM_D_EPP_ADMIN_PORT: port }, 'LLM_D_EPP_ADMIN_PORT')).toThrow('write a whole number from 0 to 65535');
    }
    for (const size of ['0', '-1', 'plenty']) {
      expect(() => sizeVariable({ LLM_D_EPP_MAX_BUFFERED_BYTES: size }, 'LLM_D_EPP_MAX_BUFFERED_BYTES')).toThrow(
        'write a size of at least 1 bytes',
      );
    }
  });

  test('that are misspelt are told', () => {
    expect(unknownVariables({ LLM_D_EPP_ADMIN_PROT: '1', LLM_D_EPP_ADMIN_PORT: '1', PATH: 'x' })).toEqual([
      'LLM_D_EPP_ADMIN_PROT is no variable of this router and has no effect, did you mean "LLM_D_EPP_ADMIN_PORT"?',
    ]);
  });
});
