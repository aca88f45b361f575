import test from 'ava';
import {guard, type MemberChange} from '../../src/contract/etcd-guard.ts';
import type {EtcdMember} from '../../src/model.ts';

/** `.` no member; voters: V healthy, v dead; learners: L healthy, l dead, n never started. A text has a letter per machine. */
type State = string;

const names = ['cp1', 'cp2', 'cp3', 'cp4', 'cp5'];
const url = (index: number) => `https://10.0.0.${index + 1}:2380`;
const idOf = (index: number) => `${index + 1}f`;

const membersOf = (state: State): EtcdMember[] =>
	Array.from(state).flatMap((letter, index) =>
		letter === '.'
			? []
			: [
					{
						id: idOf(index),
						name: letter === 'n' ? '' : names[index]!,
						peerUrls: [url(index)],
						clientUrls: letter === 'n' ? [] : [`https://10.0.0.${index + 1}:2379`],
						learner: 'Lln'.includes(letter),
						healthy: 'VL'.includes(letter),
						leader: false,
					},
				],
	);

const put = (state: State, index: number, letter: string) => state.slice(0, index) + letter + state.slice(index + 1);
const healthyVoters = (state: State) => state.split('V').length - 1;
const voters = (state: State) => Array.from(state).filter((letter) => 'Vv'.includes(letter)).length;
const holds = (state: State) => healthyVoters(state) * 2 > voters(state);

type Move = {readonly change?: MemberChange; readonly to: State; readonly name: string};

/** All that can happen to a state: what we do, and what members do. */
function moves(state: State): Move[] {
	return Array.from(state).flatMap((letter, index): Move[] => {
		const name = names[index]!;
		const remove: Move = {change: {remove: idOf(index)}, to: put(state, index, '.'), name: `remove ${name}`};
		const become = (next: string, what: string): Move => ({to: put(state, index, next), name: `${name} ${what}`});
		if (letter === '.') return [{change: {add: {name, peerUrl: url(index)}}, to: put(state, index, 'n'), name: `add ${name}`}];
		const life: Record<string, Move> = {
			V: become('v', 'dies'),
			v: become('V', 'comes back'),
			L: become('l', 'dies'),
			l: become('L', 'comes back'),
			n: become('L', 'starts'),
		};
		const promote: Move = {
			change: {promote: idOf(index)},
			to: put(state, index, letter === 'L' ? 'V' : 'v'),
			name: `promote ${name}`,
		};
		return [remove, life[letter]!, ...('Lln'.includes(letter) ? [promote] : [])];
	});
}

/**
 * Every state that up to `depth` moves reach from clusters of 1 to 5 healthy voters. What a move does depends on the state alone, so this is
 * every sequence of moves.
 */
function reached(depth: number, visit: (from: State, move: Move, refused: boolean) => void): number {
	let front = new Set(names.map((_, index) => 'V'.repeat(index + 1).padEnd(names.length, '.')));
	const seen = new Set(front);
	for (let step = 0; step < depth; step += 1) {
		const next = new Set<State>();
		for (const state of front) {
			for (const move of moves(state)) {
				const refused = move.change !== undefined && guard(membersOf(state), move.change) !== undefined;
				visit(state, move, refused);
				if (!refused && !seen.has(move.to)) next.add(move.to);
			}
		}
		for (const state of next) seen.add(state);
		front = next;
	}
	return seen.size;
}

test('in every sequence of 6 operations on 5 members, what we do never leaves fewer healthy voters than a majority', (t) => {
	const wrong: string[] = [];
	const states = reached(6, (from, {change, to, name}, refused) => {
		if (change !== undefined && !refused && (!holds(from) || !holds(to) || voters(to) === 0))
			wrong.push(`${from}: ${name}: ${to}`);
	});
	t.deepEqual(wrong, []);
	t.true(states > 1000, `${states} states`);
});

test('what is refused had a reason: no quorum, or none after it, or a second change at a time', (t) => {
	const wrong: string[] = [];
	reached(6, (from, {change, to, name}, refused) => {
		if (change === undefined || !refused) return;
		const isSecond = 'add' in change && /[Lln]/.test(from);
		const isIll = 'promote' in change && to.includes('v');
		if (holds(from) && holds(to) && voters(to) > 0 && !isSecond && !isIll) wrong.push(`${from}: ${name}`);
	});
	t.deepEqual(wrong, []);
});

test('at most one learner, and never two changes of voters at once', (t) => {
	const learners = (state: State) => state.replaceAll(/[^Lln]/g, '').length;
	const wrong: string[] = [];
	reached(6, (from, {change, to}, refused) => {
		if (change !== undefined && !refused && (learners(to) > 1 || Math.abs(voters(from) - voters(to)) > 1)) wrong.push(to);
	});
	t.deepEqual(wrong, []);
});

const add = (index: number): MemberChange => ({add: {name: names[index]!, peerUrl: url(index)}});
const rows: [title: string, state: State, change: MemberChange, reason: RegExp | undefined][] = [
	['one of two healthy voters goes', 'VV...', {remove: idOf(1)}, undefined],
	[
		'one of two, the other dead: disaster',
		'Vv...',
		{remove: idOf(1)},
		/^etcd has no quorum: 1 of 2 voting members is healthy, 2 are needed \(not healthy: cp2\)$/,
	],
	['the dead one of three goes', 'VvV..', {remove: idOf(1)}, undefined],
	[
		'a healthy one of three while one is dead',
		'VVv..',
		{remove: idOf(0)},
		/^without cp1 etcd would have no quorum: 1 of 2 voting members would be healthy, 2 are needed \(not healthy: cp3\)$/,
	],
	['the last one', 'V....', {remove: idOf(0)}, /^cp1 is the last voting member/],
	['the last voter beside a learner', 'VL...', {remove: idOf(0)}, /last voting member/],
	['a learner, whatever it does', 'VVvn.', {remove: idOf(3)}, undefined],
	['a learner, without a quorum', 'VvvL.', {remove: idOf(3)}, /no quorum: 1 of 3/],
	['a second control plane', 'V....', add(1), undefined],
	['a fourth while one of three is dead', 'VVv..', add(3), undefined],
	['beside a learner', 'VVL..', add(3), /^cp3 is a learner of etcd still/],
	['beside a learner that never started', 'Vn...', add(2), /^https:\/\/10\.0\.0\.2:2380 is a learner/],
	['one that is listed', 'VVV..', add(2), /^cp3 at https:\/\/10\.0\.0\.3:2380 is a member of etcd already: cp3 \(3f, voting\)$/],
	['a learner that is up', 'VL...', {promote: idOf(1)}, undefined],
	['a learner that is down', 'VVl..', {promote: idOf(2)}, /^the learner cp3 is not healthy/],
	['a learner that never started', 'Vn...', {promote: idOf(1)}, /^the learner https:\/\/10\.0\.0\.2:2380 has never started/],
	['a voter', 'VV...', {promote: idOf(1)}, /^cp2 is a voting member of etcd already$/],
	['somebody unknown', 'VV...', {remove: 'ab'}, /^etcd has no member ab: it has cp1, cp2$/],
];
for (const [title, state, change, reason] of rows) {
	test(`${JSON.stringify(change).replaceAll('"', '')}: ${title}`, (t) => {
		const refusal = guard(membersOf(state), change);
		if (reason === undefined) t.is(refusal, undefined);
		else t.regex(refusal?.reason ?? '', reason);
		// In whatever order etcd lists them.
		t.deepEqual(guard(membersOf(state).reverse(), change), refusal);
	});
}

test('a voter that was added and never started is a change under way', (t) => {
	const unborn = membersOf('VVn..').map((member) => ({...member, learner: false}));
	t.regex(
		guard(unborn, add(3))?.reason ?? '',
		/^https:\/\/10\.0\.0\.3:2380 was added to etcd as a voting member and has never started$/,
	);
	t.is(guard(unborn, {remove: idOf(2)}), undefined);
});

test('an etcd that could not be asked is not changed', (t) => {
	t.regex(guard(undefined, add(1))?.reason ?? '', /could not be asked/);
	t.regex(guard([], add(1))?.reason ?? '', /no quorum: 0 of 0/);
});
