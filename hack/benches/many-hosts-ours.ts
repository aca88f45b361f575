/**
 * From a config to a plan, over SSH, through the doors for programs: `many-hosts-ours.ts CONFIG`. Prints the seconds since the process began
 * and of each part, and the most memory that was in use, as JSON. It is bundled before it is measured, as the CLI is.
 */
import {readFileSync} from 'node:fs';
import {argv, resourceUsage} from 'node:process';
import {check, connect, identify, load, plan, recipes, sitesOf, survey} from '../../src/index.ts';
import {type Mark, stretches} from './marks.ts';

const [file = ''] = argv.slice(2);
const marks: Mark[] = [{name: 'begin', at: 0}];
const mark = (name: string) => marks.push({name, at: performance.now()});

const cluster = load(readFileSync(file, 'utf8'), {file});
mark('start, load');
const hosts = await connect(cluster);
mark('connect');
const sites = sitesOf(cluster, await survey(cluster, hosts));
mark('survey');
check(cluster, sites);
mark('check');
const identity = identify(cluster, sites, {clusterId: 'bench', now: new Date()});
const lock = {binaries: {}, images: {}, madeBy: 'bench', madeAt: ''};
const {nodes} = plan(recipes[0]!, {cluster, sites, identity, lock});
mark('identify, plan');
if (nodes.length !== cluster.nodes.length) throw new Error(`the plan has ${nodes.length} nodes`);
console.log(
	JSON.stringify({seconds: performance.now() / 1000, mebibytes: resourceUsage().maxRSS / 1024, parts: stretches(marks)}),
);
await Promise.all([...hosts.values()].map((host) => host.close()));
