/** Machines with a plan to be executed on them, and small steps for it. */
import type {Lock, News, Phase, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {execute} from '../../src/run/execute.ts';
import type {ExecuteOptions} from '../../src/run/options.ts';
import {type Machine, machine} from './machine.ts';
import {cluster, emptyLock, identity, noSecrets, site} from './values.ts';

export type Context = {machines: Machine[]; news: News[]};

/** As many machines as names, and what to do with them. */
export function stage(context: Context, names: readonly string[], phases: readonly Phase[], more: Partial<ExecuteOptions> = {}) {
	const machines = names.map((name) => machine(name));
	context.machines.push(...machines);
	const survey = () => names.map((name, at) => site(name, 'control-plane', seenBy(machines[at]!)));
	const sites = survey();
	const lock: Lock = more.lock ?? emptyLock;
	const scope = {cluster, sites, identity, lock};
	const made = plan({name: 'r', phases}, scope);
	const hosts = new Map(machines.map(({host}) => [host.name, host]));
	const tell = (news: News) => {
		context.news.push(news);
	};
	const artifacts = () => Promise.reject(new Error('no artifacts here'));
	const options = {secrets: noSecrets, tell, artifacts, ...scope, ...more};
	return {machines, hosts, made, options, tell, go: () => execute(made, hosts, {...options, sites: survey()})};
}

/** What a survey made now says of the fence. */
export const fence = '/var/lib/kubestrap/fence';
export const seenBy = (on: Machine) =>
	on.has(fence) ? {[fence]: {text: on.read(fence), mode: '600', owner: 'root:root', size: 2}} : {};

export const file = (path: string, content = 'x'): Step => ({kind: 'file', path, content, mode: '0644'});
export const sleep = (title: string, seconds: string): Step => ({
	kind: 'run',
	title,
	command: ['sleep', seconds],
	unless: 'never',
});
export const until = (path: string): Step => ({kind: 'wait', title: path, until: ['test', '-e', path], seconds: 20});
export const heard = (news: readonly News[], until: string) => news.some(({step, state}) => `${step} ${state}` === until);

export const as = (run: string) => ({run, verb: 'init'});

export async function when(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
