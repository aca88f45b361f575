import type {Step} from '../model.ts';

/** Behind units that no `service` step of the phase starts: systemd knows them at once, and no later step finds that something waits. */
export const daemonReload: Step = {
	kind: 'run',
	title: 'systemctl daemon-reload',
	command: {sh: 'systemctl daemon-reload && rm -f /var/lib/kubestrap/pending/daemon-reload'},
	unless: {sh: '[ ! -e /var/lib/kubestrap/pending/daemon-reload ]'},
};
