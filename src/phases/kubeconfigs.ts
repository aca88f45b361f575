import {certificates, type Row} from '../../pki/certificates.ts';
import {clientKubeconfig} from '../contract/kubeconfigs.ts';
import type {Phase, Scope, Step} from '../model.ts';

/** The kubeconfigs of a control plane: the operators', the controller manager's, the scheduler's. */
export const kubeconfigs: Phase = {
	name: 'kubeconfigs',
	title: 'Lay down kubeconfigs',
	on: 'control-plane',
	// Nothing signed by an authority is laid down before the authority is: a run that dies here must find it again.
	after: {phase: 'authorities'},
	steps: (scope) => certificates.filter(({as}) => as === 'kubeconfig').flatMap((row) => client(scope, row)),
};

function client(scope: Scope, row: Row): Step[] {
	const item = scope.identity.items[`${row.name}@${scope.site.name}`];
	if (item === undefined) return [];
	const content = item.state === 'keep' ? ({kept: true} as const) : clientKubeconfig(row.name, scope);
	return [{kind: 'file', path: row.file, content, mode: '0600'}];
}
