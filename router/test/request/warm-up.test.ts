import type { JsonObject } from 'llm-d-epp-config';
import { WarmUp } from '../../src/request/warm-up';
import { RecordingLog } from '../support/context';

/** Fails so many times, and for images always if asked to. */
function renderer(failures: number, refusesImages = false) {
  const asked: string[] = [];
  return {
    asked,
    chat: async ({ messages }: JsonObject) => {
      const text = JSON.stringify(messages);
      asked.push(text.includes('image_url') ? 'image' : 'text');
      if (asked.length <= failures || (refusesImages && text.includes('image_url'))) throw new Error('not yet');
      return [];
    },
  };
}

test.each([false, true])('asks for a text until it is answered, then for an image once (refused: %s)', async (refused) => {
  const target = renderer(3, refused);
  const log = new RecordingLog();
  await new WarmUp(target, log, 1).run();
  expect(target.asked).toEqual(['text', 'text', 'text', 'text', 'image']);
  expect(log.messages('warn')).toEqual([]);
});

test('gives up after 24 attempts and says so', async () => {
  const target = renderer(Number.POSITIVE_INFINITY);
  const log = new RecordingLog();
  await new WarmUp(target, log, 0).run();
  expect(target.asked).toHaveLength(24);
  expect(log.messages('warn')).toHaveLength(1);
});

test('ends at once when stopped while it waits', async () => {
  const target = renderer(Number.POSITIVE_INFINITY);
  const log = new RecordingLog();
  const warmUp = new WarmUp(target, log, 3_600_000);
  const running = warmUp.run();
  await new Promise(setImmediate);
  warmUp.stop();
  await running;
  expect(target.asked).toHaveLength(1);
  expect(log.messages('warn')).toEqual([]);
});
