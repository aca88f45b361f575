import {paths} from '../checks/probes.ts';
import {linesOf, said} from '../checks/row.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {distributionOf} from '../packages/distributions.ts';
import {installed} from '../packages/installed.ts';
import {sourceFileOf} from '../packages/repositories.ts';
import {systemOf} from '../packages/systems.ts';
import {
	aptSources,
	lockedKey,
	lockedVersion,
	missingTools,
	packageArtifact,
	settingsOfPackages,
	wantedPackages,
} from '../packages/wanted.ts';
import {madeByContainerd} from './runtime.ts';

/**
 * What comes as packages: the tools that a node lacks, at the version that its distribution has, and Kubernetes and the runtime at the versions of the lock.
 * Those are held, and their services do not start before they are configured.
 */
export const packages: Phase = {
	name: 'packages',
	title: 'Install packages',
	on: 'every',
	steps: (scope): Step[] => [
		...tools(scope),
		...(distributionOf(scope.site.facts.os) === undefined ? [] : [...files(scope), ...held(scope)]),
	],
};

function tools({cluster, site, supplies}: Scope): Step[] {
	// A bundle has none of them: what the machine lacks is said by apt, or by the preflight.
	if (supplies !== undefined) return [];
	const missing = missingTools(cluster, site, linesOf(said(site, paths)));
	const system = systemOf(site.facts.os);
	return system === undefined || missing.length === 0 ? [] : [installed(system, missing)];
}

/** From a bundle they come as files. */
function files({cluster, lock, site, supplies}: Scope): Step[] {
	if (supplies === undefined) return [];
	return wantedPackages(cluster).flatMap((one): Step[] => {
		const key = lockedKey(lock, one, site.facts.arch);
		if (key === undefined) return [];
		return [{kind: 'fetch', artifact: packageArtifact(one.repository, key), path: `${brought}/${one.name}.deb`, mode: '0644'}];
	});
}

const brought = '/var/lib/kubestrap/packages';

function held({cluster, lock, site, supplies}: Scope): Step[] {
	const wanted = wantedPackages(cluster);
	if (wanted.length === 0) return [];
	const list = wanted.map((one) => {
		const version = lockedVersion(lock, one, site.facts.arch);
		return {name: one.name, ...(version === undefined ? {} : {version})};
	});
	return [
		// Before the packages may make them.
		...settingsOfPackages.map((path): Step => ({kind: 'noted', path})),
		...(cluster.runtime.source === 'packages' ? madeByContainerd.map((path): Step => ({kind: 'noted', path})) : []),
		{
			kind: 'package',
			title: `install ${list.map(({name}) => name).join(', ')}`,
			packages: list,
			hold: true,
			sources: supplies === undefined ? aptSources(cluster, lock).map(({name}) => sourceFileOf(name)) : [],
			idle: ['containerd.service', 'kubelet.service'],
			...(supplies === undefined ? {} : {from: brought}),
		},
	];
}
