import {lockFor} from '../artifacts/lock.ts';
import {registryFiles} from '../contract/registry-hosts.ts';
import {ownedOf} from '../contract/whose.ts';
import type {Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';

const root = '/etc/containerd/certs.d';

/**
 * containerd reads a hosts.toml, and the mirror's authority beside it, at each pull: no restart is needed when they change, and the kubelet's own
 * pulls go the same way. A mirror that nobody reaches costs five seconds, not containerd's thirty, before the next one is asked. Credentials stand in
 * it as what is sent along, so it is root's alone then.
 */
export const registries: Phase = {
	name: 'registries',
	title: 'Name the mirrors of registries',
	on: 'every',
	steps: (scope): Step[] => {
		const wanted = filesOf(scope);
		const paths = new Set(wanted.flatMap((step) => (step.kind === 'file' ? [step.path] : [])));
		// A mirror that is no longer in the config would still be asked, with the credentials of then.
		const former = ownedOf(scope.site, 'file').filter(({name, before}) => name.startsWith(`${root}/`) && before === null);
		const gone = former.filter(({name}) => !paths.has(name));
		return [...wanted, ...gone.map(({name}): Step => ({kind: 'absent', path: name}))];
	},
};

function filesOf({cluster, lock, site}: Scope): Step[] {
	return registryFiles(cluster, lockFor(lock, site.facts.arch)).flatMap((file): Step[] => {
		const folder = `${root}/${file.host}`;
		const all = [file.own, ...file.endpoints];
		const {caText} = cluster.mirror;
		const ca: Step[] =
			caText !== undefined && all.some((each) => each.ca)
				? [{kind: 'file', path: `${folder}/mirror-ca.crt`, content: caText, mode: '0644'}]
				: [];
		const data = {
			...file,
			own: settings(file.own),
			endpoints: file.endpoints.map((each) => ({...each, settings: settings(each)})),
		};
		const mode = all.some(({header}) => header !== undefined) ? '0600' : '0644';
		return [
			{kind: 'dir', path: folder, mode: '0755'},
			...ca,
			{kind: 'file', path: `${folder}/hosts.toml`, content: render('containerd/hosts.toml', data), mode},
		];
	});
}

/** For the template, which knows no absent values. A secret of this name is a line of hosts.toml, or nothing when nobody is known there. */
const settings = ({skipVerify, ca, header}: {readonly skipVerify: boolean; readonly ca: boolean; readonly header?: string}) => ({
	skipVerify,
	ca,
	header: header === undefined ? false : `registry-header@${header}`,
});
