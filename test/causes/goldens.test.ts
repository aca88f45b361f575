/** Without a node: what real nodes said (the goldens that test/e2e/20-causes.test.ts compares) is still told apart by the catalogue. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {readEvidence} from '../../src/checks/causes/evidence.ts';
import {causes, matching} from '../../src/checks/causes.ts';
import {rows} from './rows.ts';

const folder = new URL('../golden/causes/', import.meta.url);
const goldens = readdirSync(folder).sort();
const text = (id: string) => readFileSync(new URL(`${id}.txt`, folder), 'utf8');
/** Their words are times, which goldens have not, or what the wait said in several lines. */
const timed = ['clock', 'certificate-expired'];

test('rows have names of their own, causes that there are, and every golden is of a row', (t) => {
	const ids = rows.map(({id}) => id);
	t.deepEqual([...new Set(ids)], ids);
	t.deepEqual(
		rows.filter(({expects}) => !causes.some(({id}) => id === expects)),
		[],
	);
	t.deepEqual(
		goldens.filter((name) => !ids.some((id) => name === `${id}.txt`)),
		[],
	);
});

test('only causes that no waiting mends end a wait early', (t) => {
	const hasty = rows.filter(({early, expects}) => early && !causes.some(({id, certain}) => id === expects && certain));
	t.deepEqual(hasty, []);
});

test('as many causes were seen on a real node as were once', (t) => {
	const seen = rows.filter(({id}) => existsSync(new URL(`${id}.txt`, folder))).map(({expects}) => expects);
	t.true(new Set(seen).size >= 36, `${new Set(seen).size}`);
});

for (const {id, expects} of rows.filter(({id, expects}) => goldens.includes(`${id}.txt`) && !timed.includes(expects))) {
	test(`${id}: three lines, whose evidence says the cause`, (t) => {
		const [what = '', ...others] = text(id).trimEnd().split('\n');
		t.regex(what, /^failed: \S+: phase \S+, step .+: .+/);
		t.regex(others.at(-1) ?? '', /^ {2}do: {3}\S/);
		const seen = others.slice(0, -1).map((line) => line.replace(/^ {2}seen:/, '').trim());
		const evidence = seen
			.map((line) => line.replace(/^on \S+ /, ''))
			.map((line) => /^((?:log )?[a-z][a-z-]*): (.*)/.exec(line) ?? [])
			.map(([, section, words]) => (section === undefined ? '' : `== ${section}\n${words}`))
			.join('\n');
		// The line that says that the API itself answers is shown as what the wait said, without its section.
		const answers = seen.find((line) => /^api \S+ answers$/.test(line));
		const whole = answers === undefined ? evidence : evidence.replace('== wait\n', `== wait\n${answers}\n`);
		t.true(
			matching('anything', readEvidence(`== runtime\nsilent\n${whole}`)).some(({row}) => row.id === expects),
			whole,
		);
	});
}
