import test from 'ava';
import {play} from '../../hack/benches/scenario.ts';

const measure = (name: string, row: string) => ({name, row, work: name, against: 'other', goal: 1});
const sample = (amount: number) => ({amount, parts: []});

test('the sides take turns, and only the wanted measures come back', async (t) => {
	const turns: string[] = [];
	const side = (name: string, seconds: number) => async () => {
		turns.push(name);
		return {first: sample(seconds), second: sample(seconds * 2)};
	};
	const results = await play(
		{
			measures: [measure('first', 'a'), measure('second', 'b')],
			open: async () => ({ours: side('A', 1), theirs: side('B', 2)}),
		},
		2,
		({row}) => row === 'b',
		() => undefined,
	);
	t.is(turns.join(''), 'ABAB');
	t.deepEqual(results, [{measure: measure('second', 'b'), ours: [sample(2), sample(2)], theirs: [sample(4), sample(4)]}]);
});

test('what is short is played several times in each run, and said once', async (t) => {
	const said: string[] = [];
	const once = async () => ({it: sample(1)});
	const scenario = {measures: [measure('it', 'a')], repeat: 3, open: async () => ({ours: once, theirs: once})};
	const [result] = await play(
		scenario,
		2,
		() => true,
		(line) => said.push(line),
	);
	t.is(result!.ours.length, 6);
	t.deepEqual(said, [
		'  run 1 of 2, ours: it 1.000 s',
		'  run 1 of 2, theirs: it 1.000 s',
		'  run 2 of 2, ours: it 1.000 s',
		'  run 2 of 2, theirs: it 1.000 s',
	]);
});

test('work without a rival is played alone, and what was made ready is taken away, also after a failure', async (t) => {
	const turns: string[] = [];
	const scenario = (ours: () => Promise<Record<string, {amount: number; parts: []}>>) => ({
		measures: [{...measure('it', 'a'), unit: 'MiB'} as const],
		open: async () => ({ours, close: async () => void turns.push('closed')}),
	});
	const once = async () => {
		turns.push('ours');
		return {it: {amount: 7, parts: [] as []}};
	};
	const said: string[] = [];
	const all = [() => true, (line: string) => void said.push(line)] as const;
	const [result] = await play(scenario(once), 2, ...all);
	t.deepEqual([result!.ours.length, result!.theirs.length], [2, 0]);
	t.deepEqual(turns, ['ours', 'ours', 'closed']);
	t.is(said[0], '  run 1 of 2, ours: it 7 MiB');
	const fails = async () => Promise.reject(new Error('broken'));
	await t.throwsAsync(play(scenario(fails), 1, ...all), {message: 'broken'});
	t.is(turns.at(-1), 'closed');
});
