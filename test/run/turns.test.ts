import test from 'ava';
import {Turns} from '../../src/run/turns.ts';

test('a few at a time, those in a hurry first, the others in their order', async (t) => {
	const turns = new Turns(1);
	const order: string[] = [];
	const ends: (() => void)[] = [];
	const ask = (name: string, urgent = false) =>
		turns.take(name, urgent).then((end) => {
			order.push(name);
			ends.push(end);
		});
	const all = [ask('a'), ask('b'), ask('c'), ask('d', true), ask('e')];
	turns.hurry('e');
	turns.hurry('nobody asked');
	for (let turn = 0; turn < 5; turn++) {
		await new Promise((resolve) => setImmediate(resolve));
		t.is(ends.length, turn + 1);
		ends[turn]!();
	}
	await Promise.all(all);
	t.deepEqual(order, ['a', 'd', 'e', 'b', 'c']);
});
