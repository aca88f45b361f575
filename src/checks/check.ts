import {selected} from '../cluster/selectors.ts';
import {isBegun} from '../contract/whose.ts';
import type {Cluster, Finding, Selector, Site} from '../model.ts';
import {printable} from './printable.ts';
import type {Case, Check} from './row.ts';
import {checks} from './table.ts';

/**
 * Judges every node and gives all findings at once, nodes in the order of the config. Nothing is asked: judges read what the survey brought.
 * Without `after`: what can be judged before anything is changed. With it: also the checks whose subject those phases made true (from a deep survey).
 * A function says which those are on each machine: what a plan does not touch there is not judged. `bare: false`: only the latter.
 * What is ours already (the record says so, or the machine is a member of the cluster) is not judged as if it were somebody else's.
 */
export function check(
	cluster: Cluster,
	sites: readonly Site[],
	{
		after = [],
		bare = true,
		...seen
	}: {
		readonly after?: readonly string[] | ((site: Site) => readonly string[]);
		readonly bare?: boolean;
	} & Omit<Case, 'cluster' | 'site' | 'sites'> = {},
): Finding[] {
	const due = typeof after === 'function' ? after : () => after;
	return sites.flatMap((site) =>
		checks
			.filter((row) => isDue(row, due(site), bare) && selected(sites, row.on).includes(site) && !(row.unowned && isOurs(site)))
			.flatMap((row) =>
				row.judge({cluster, site, sites, ...seen}).map(
					({id = row.name, level = row.level, evidence, remedy}): Finding => ({
						node: site.name,
						id,
						level,
						evidence: printable(evidence),
						remedy: printable(remedy),
					}),
				),
			),
	);
}

const isOurs = (site: Site) => isBegun(site) || site.stage === 'member' || site.stage === 'leaving';

const isDue = ({when}: Check, after: readonly string[], bare: boolean) => (when === 'bare' ? bare : after.includes(when.after));

/** The phases that make the subject of some check true. */
export const judgedPhases: readonly string[] = [...new Set(checks.flatMap(({when}) => (when === 'bare' ? [] : [when.after])))];

/** `--ignore-preflight-errors`: errors of these checks become warnings. Names are compared without case, as kubeadm does; `all` means every check. */
export function applyIgnores(findings: readonly Finding[], names: readonly string[]): Finding[] {
	const ignored = new Set(names.map((name) => name.trim().toLowerCase()));
	const isIgnored = ({id}: Finding) => ignored.has('all') || ignored.has(id.toLowerCase());
	return findings.map((finding) => (finding.level === 'error' && isIgnored(finding) ? {...finding, level: 'warning'} : finding));
}

/** A row of the table of checks in the README. */
export type CheckEntry = {
	readonly name: string;
	readonly level: Finding['level'];
	readonly on: Selector;
	readonly when: string;
	readonly from: Check['from'];
};

export function checkTable(): CheckEntry[] {
	return checks.map(({name, level, on, when, from}) => ({
		name,
		level,
		on,
		when: when === 'bare' ? 'before anything is changed' : `after ${when.after}`,
		from,
	}));
}
