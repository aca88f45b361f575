/** `kubestrap config print|validate|schema`: the config file, without contacting anything. */
import {printConfig} from '../cluster/print.ts';
import {configSchema} from '../cluster/schema.ts';
import {exitCodes} from '../errors.ts';
import {parseYaml, toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import {census} from './closing.ts';
import {example} from './example.ts';
import {isGiven, openCluster} from './open-cluster.ts';

/** The config as it is understood, every default filled in: again a config file. Without one, an example to start from. */
export async function print(call: Call): Promise<number> {
	const {flags, around} = call;
	if (!isGiven(call)) {
		around.stdout.write(example);
		return exitCodes.done;
	}
	const text = printConfig(await openCluster(call));
	const lines = () => parseYaml(text).documents.map(({value}) => `${JSON.stringify(value)}\n`);
	around.stdout.write(flags.output === 'json' ? lines().join('') : text);
	return exitCodes.done;
}

/** Says that a config is good; every problem of a bad one is thrown as a ConfigError. */
export async function validate(call: Call): Promise<number> {
	const {flags, around} = call;
	const cluster = await openCluster(call);
	const {kubernetesVersion} = cluster.configuration;
	if (flags.output === 'text')
		around.stdout.write(`valid: cluster ${cluster.name}, Kubernetes ${kubernetesVersion}, ${census(cluster)}\n`);
	else
		around.stdout.write(`${JSON.stringify({valid: true, name: cluster.name, kubernetesVersion, nodes: cluster.nodes.length})}\n`);
	return exitCodes.done;
}

/** JSON Schema, or the same as YAML. */
export async function schema({flags, around}: Call): Promise<number> {
	around.stdout.write(flags.output === 'yaml' ? toYaml(configSchema()) : `${JSON.stringify(configSchema(), null, '\t')}\n`);
	return exitCodes.done;
}
