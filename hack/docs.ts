/** Writes the parts of README.md that follow from tables: `node hack/docs.ts`. A test says when they are out of date. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {causes} from '../src/checks/causes.ts';
import {swapGenerators, swapServices} from '../src/checks/swap-sources.ts';
import {checks} from '../src/checks/table.ts';
import {keywords} from '../src/cluster/ssh-keywords.ts';
import {verbs} from '../src/commands/verbs.ts';
import {adaptations} from '../src/contract/adaptations.ts';
import {systems} from '../src/packages/systems.ts';
import {proofs} from '../src/proof/rows.ts';
import {apply, hostReset, init} from '../src/recipes.ts';
import {rows as causeRows} from '../test/causes/rows.ts';
import {adopted} from '../test/contract/adopted.ts';
import {explained} from '../test/contract/differences.ts';
import {leftBehind} from '../test/e2e/left-behind.ts';
import {elsewhere, families} from './crashes/families.ts';
import {lastFull} from './crashes/ledger.ts';
import {faultRows} from './fault-table.ts';

const file = join(import.meta.dirname, '..', 'README.md');

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
	[head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** Region name → what stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. */
export const regions: Readonly<Record<string, () => string>> = {
	verbs: () =>
		table(
			['verb', 'what for'],
			verbs.map(({name, describe}) => [`\`kubestrap ${name}\``, describe]),
		),
	phases: () =>
		table(
			['phase', 'what it does', 'on'],
			init.phases.map(({name, title, on}) => [`\`${name}\``, title, on]),
		),
	swap: () =>
		table(
			['what turns swap on', 'of'],
			[
				...swapGenerators.map(({program, of}) => [`units of \`${program}\``, of]),
				...swapServices.map(({unit, of}) => [`\`${unit}\``, of]),
			],
		),
	systems: () =>
		table(
			['system', 'packages', 'time', 'usual firewall', 'proven by'],
			systems.map(({name, tool, time, firewall, proof}) => [name, tool, `\`${time.unit}\``, firewall, proof]),
		),
	joins: () =>
		table(
			['phase', 'what it does', 'on'],
			apply.phases
				.filter((phase) => !init.phases.includes(phase))
				.map(({name, title, on, at, always}) => [
					`\`${name}\``,
					title,
					`${on}${at ? ', done on the first' : ''}${always ? ', at the end in every outcome' : ''}`,
				]),
		),
	ssh: () =>
		table(
			['keyword', 'what it does here'],
			Object.values(keywords).map(({name, does}) => [`\`${name}\``, does]),
		),
	reset: () =>
		table(
			['phase', 'what it does'],
			hostReset.map(({name, title}) => [`\`${name}\``, title]),
		),
	left: () =>
		table(
			['what stays', 'why'],
			leftBehind.map(({what, why}) => [what, why]),
		),
	proofs: () => proofs.map(({name, title}) => `- \`${name}\`: ${title}`).join('\n'),
	adaptations: () => adaptations.map(({say}) => `- ${say}`).join('\n'),
	checks: () =>
		table(
			['check', 'whose', 'level', 'on', 'judged'],
			checks.map(({name, from, level, on, when}) => [name, from, level, on, when === 'bare' ? 'before' : `after ${when.after}`]),
		),
	faults: () => {
		const {rows, seen, beside, date} = faultRows();
		return `${seen} of ${rows.length} were made on real nodes by the suites of faults, the last time on ${date}; ${beside} more are made by other suites.\n\n${table(['', 'what is wrong', 'how it was made', 'what preflight said'], rows)}`;
	},
	causes: () =>
		table(
			['cause', 'brought about on a real node by', 'ends the wait'],
			[...new Set(causes.map(({id}) => id))].map((id) => [
				`\`${id}\``,
				seen(id),
				causes.some((row) => row.id === id && row.certain) ? 'at once' : '',
			]),
		),
	bench: () => bench(),
	crashes: () => crashes(),
	adopted: () =>
		table(
			['what', 'why'],
			adopted.map(({what, why}) => [what, why]),
		),
	differences: () =>
		table(
			['what', 'kubeadm', 'kubestrap', 'why'],
			explained.map(({what, kubeadm, ours, why}) => [what, kubeadm, ours, why]),
		),
};

/** How a cause was brought about, of which its golden tells. */
function seen(id: string): string {
	const goldens = join(import.meta.dirname, '..', 'test', 'golden', 'causes');
	const ways = causeRows.filter((row) => row.expects === id && existsSync(join(goldens, `${row.id}.txt`)));
	return ways.map(({how}) => how).join('; ') || '(not yet: words from its source)';
}

/** The table that `hack/bench` left, or a word that nobody has measured yet. */
function bench(): string {
	const results = join(import.meta.dirname, 'benches', 'results.md');
	return existsSync(results) ? readFileSync(results, 'utf8').trim() : 'Not measured yet.';
}

/** What the last `hack/crash --full` came to, family by family, and the rows that are suites of their own. */
function crashes(): string {
	const last = lastFull();
	const rows = families.map(({name, what}) => {
		const {cases, run, converged, date, commit} = last[name] ?? {};
		if (cases === undefined) return [`\`${name}\``, what, 'not run yet', '', ''];
		return [`\`${name}\``, what, `${cases}`, `${run}`, `${converged}, ${date} at ${commit?.slice(0, 7)}`];
	});
	const suites = elsewhere.map(({what, where}) => [where, what, '', '', '']);
	return table(['family', 'what befalls it', 'cases', 'run', 'converged'], [...rows, ...suites]);
}

/** The text with every region made anew. Throws when a region has no place in it. */
export function renewed(text: string): string {
	return Object.entries(regions).reduce((page, [name, make]) => {
		const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
		const [from, to] = [page.indexOf(begin), page.indexOf(end)];
		if (from === -1 || to < from) throw new Error(`README.md has no region ${name}`);
		return `${page.slice(0, from + begin.length)}\n${make()}\n${page.slice(to)}`;
	}, text);
}

if (import.meta.main) writeFileSync(file, renewed(readFileSync(file, 'utf8')));
