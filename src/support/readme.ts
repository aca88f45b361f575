import type {Cluster} from '../model.ts';
import {forms} from './forms.ts';

/** The first page of a report: what is in it, what is not, and which machines said nothing. */
export function readme(
	cluster: Cluster,
	collected: readonly {readonly name: string; readonly trouble: readonly string[]}[],
	version: string,
): string {
	const silent = collected.filter(({trouble}) => trouble.length > 0);
	return `Bug report of cluster ${cluster.name}, made by kubestrap ${version}. Nothing was changed on any machine.

  versions.json         this program and the operator's machine
  config.yaml           the config with every default filled in; secrets are in it by name or place only
  findings.json         what preflight says of the machines as they are now
  runs/                 events of the last runs from this machine, the newest last
  nodes/NAME/           a machine: versions, units, network, containers, kubectl (control planes)
    facts.json          what the survey saw
    kubestrap.txt       record of ownership, journal of steps, who held the machine
    files.txt, files/   names and modes of files; manifests and configurations
    logs/               kubelet, containerd, kernel, and every pod of kube-system, their last lines

Machines: ${collected.map(({name}) => name).join(', ')}
${silent.length === 0 ? 'All of them answered.' : `Without an answer, or with half of one:\n${silent.map(({name, trouble}) => `  ${name}: ${trouble.join('; ')}`).join('\n')}`}

Never read: keys, kubeconfigs, Secret objects. Censored wherever they were seen:
${forms.map(({what}) => `  - ${what}`).join('\n')}
That is done by form: look through it before you give it to others.
`;
}
