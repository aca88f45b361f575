/** The table of README that says what preflight said to each state of a machine: the rows of test/faults, with what their last whole run has written. */
import {readResults} from '../test/faults/ledger.ts';
import {faults, missing, shownElsewhere} from '../test/faults/rows.ts';

const short = (text: string, limit: number) => {
	const line = text.replaceAll('`', "'").replaceAll(/\s+/g, ' ').trim();
	return line.length > limit ? `${line.slice(0, limit)}…` : line;
};

/** Cells in the order of the numbers; `seen`: how many the suites of faults have made on a real node, `beside`: how many other suites make. */
export function faultRows(): {rows: string[][]; seen: number; beside: number; date: string} {
	const {date, results} = readResults();
	const said = new Map(results.map((one) => [one.id, one]));
	const own = faults.map(({id, what, inject, proof, finds = ''}) => {
		const one = said.get(id);
		const found =
			one === undefined ? `not run yet (\`${finds}\`)` : `\`${one.finding}\` at ${one.node}: ${short(one.evidence, 240)}`;
		return [id, what, `\`${short(inject, 140)}\``, one?.finding === '' ? `nothing, rightly: ${proof?.why ?? ''}` : found];
	});
	const others = shownElsewhere.map(({id, what, how, shown, suite}) => [id, what, how, `${shown} (\`test/e2e/${suite}\`)`]);
	const none = missing.map(({id, what, why}) => [id, what, '–', why]);
	const number = ([id = '']: readonly string[]) => Number(id.slice(1));
	const rows = [...own, ...others, ...none].toSorted((one, other) => number(one) - number(other));
	return {rows, seen: faults.filter(({id}) => said.has(id)).length, beside: others.length, date};
}
