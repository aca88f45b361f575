/** `hack/crash`: runs the families of the crash matrix on the lab's machines and says how many cases converged. */
import {spawnSync} from 'node:child_process';
import {argv, exit, stdout} from 'node:process';
import {parseArgs} from 'node:util';
import {repository} from '../laboratory/places.ts';
import {picked} from '../suites.ts';
import {families} from './families.ts';
import type {Family} from './family.ts';
import {earlier, remember} from './ledger.ts';
import {operators} from './operators.ts';
import {World} from './world.ts';

const usage = `hack/crash: the operator, the machines and the line die; the same command must converge

  hack/crash [--minutes 10] [--seed WORD]   as many cases as fit, drawn by the word (default: the commit)
  hack/crash --full [--minutes N]           all of them, in parts when there are so many minutes at a time; what came of it is written to
                                            test/crash/last-full.json, and the next part goes on under the same seed
  hack/crash --only FAMILY,…                of ${families.map(({name}) => name).join(', ')}
  hack/crash --keep                         leaves the lab standing (hack/lab down --name crash)
  hack/crash --name LAB                     a lab of another name
`;

const options = {
	minutes: {type: 'string'},
	seed: {type: 'string'},
	only: {type: 'string'},
	name: {type: 'string', default: 'crash'},
	full: {type: 'boolean', default: false},
	keep: {type: 'boolean', default: false},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

const commit = () => spawnSync('git', ['rev-parse', 'HEAD'], {cwd: repository, encoding: 'utf8'}).stdout?.trim() || 'none';
const say = (line: string) => stdout.write(`${line}\n`);

/**
 * Those that were asked for; else as many as a part of the time is enough to begin and to end, drawn by the seed: some whose operator dies, who may do
 * so at any step, and some whose machines and lines do.
 */
function chosenOf(seed: string, only: string | undefined, minutes: number): readonly Family[] {
	const known = families.map(({name}) => name);
	const asked = only?.split(',');
	const strange = asked?.filter((name) => !known.includes(name)) ?? [];
	if (strange.length > 0) throw new Error(`--only is of ${known.join(', ')}: ${strange.join(', ')}`);
	const seen = families.filter(({unseen}) => !unseen || minutes === Number.POSITIVE_INFINITY);
	const some = (fits: (family: Family) => boolean) =>
		picked(seed, Object.fromEntries(seen.filter(fits).map(({name, base}) => [name, base])), minutes * 0.3);
	const names = asked ?? [...some((one) => operators.includes(one)), ...some((one) => !operators.includes(one))];
	return families.filter(({name}) => names.includes(name));
}

async function main(): Promise<number> {
	const {values} = parseArgs({args: argv.slice(2), options});
	if (values.help) {
		stdout.write(usage);
		return 0;
	}
	const {only, full} = values;
	const minutes = Number(values.minutes ?? (full ? 'Infinity' : '10'));
	if (!(minutes > 0)) throw new Error(`--minutes is a number: ${values.minutes}`);
	const seed = values.seed ?? commit();
	const chosen = chosenOf(seed, only, full ? Number.POSITIVE_INFINITY : minutes);
	const began = performance.now();
	const sum = (of: 'base' | 'minutes') => chosen.reduce((total, family) => total + family[of], 0);
	const share = full ? 1 : Math.min(1, Math.max(0.02, (minutes - sum('base')) / sum('minutes')));
	say(
		`seed ${seed}: ${chosen.map(({name}) => name).join(', ')}; ${full ? 'all cases' : `${Math.round(share * 100)} % of the cases`}`,
	);
	const world = await World.open(values.name);
	say(`the machines stand after ${Math.round((performance.now() - began) / 1000)} s`);
	let [passed, failed] = [0, 0];
	try {
		await world.remember(chosen.flatMap(({compares = []}) => compares));
		for (const family of chosen) {
			const start = performance.now();
			const end = began + minutes * 60_000;
			const rest = chosen.slice(chosen.indexOf(family));
			const fair = family.minutes / rest.reduce((total, one) => total + one.minutes, 0);
			const bases = rest.reduce((total, one) => total + one.base, 0) * 60_000;
			const until = start + (family.base / 2) * 60_000 + Math.max(20_000, end - start - bases) * fair;
			if (start + family.base * 60_000 > end && family !== chosen[0]) {
				say(`${family.name}: no time is left for it`);
				continue;
			}
			const done = full ? earlier(seed, family.name) : new Set<string>();
			say(`${family.name}: ${family.what}`);
			// A part of a whole run draws from what is left, so that its cases are from everywhere.
			const slice = full && minutes < Number.POSITIVE_INFINITY ? Math.min(1, (until - start) / 60_000 / family.minutes) : share;
			const drawnBy = full ? `${seed} ${done.size}` : seed;
			const result = await family.run(world, {
				seed: drawnBy,
				share: slice,
				done,
				until,
				tell: say,
				heard: (text) => world.canaries.heard(text),
			});
			const seconds = Math.round((performance.now() - start) / 1000);
			for (const note of result.notes) say(`  ${note}`);
			for (const line of result.bad) say(`  ✘ ${line}`);
			say(
				`  ${result.met.length} of ${result.all.length} cases in ${seconds} s, ${result.bad.length === 0 ? 'all converged' : `${result.bad.length} things wrong`}`,
			);
			passed += Math.max(0, result.met.length - result.bad.length);
			failed += result.bad.length;
			if (full) remember(family, result, {seed, commit: commit(), seconds});
		}
		const {found, canaries, processes} = await world.canaries.end();
		say(
			`secrets: ${canaries} of them looked for in ${processes} argument lists, in environments, events, logs, journals and bug reports`,
		);
		for (const line of found) say(`  ✘ ${line}`);
		if (canaries === 0) say('  no cluster lived, so there was none');
		passed += canaries > 0 && found.length === 0 ? 1 : 0;
		failed += found.length;
	} finally {
		if (!values.keep) await world.stage.close();
	}
	say(`\n${passed} tests passed`);
	if (failed > 0) say(`${failed} tests failed`);
	return failed === 0 ? 0 : 1;
}

try {
	exit(await main());
} catch (error) {
	say(`hack/crash: ${error instanceof Error ? error.stack : String(error)}`);
	exit(1);
}
