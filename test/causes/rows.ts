/** The causes that are reproduced on real nodes. One more: a row in the table of its theme. */
import {controlPlaneRows} from './control-plane-rows.ts';
import {endpointRows} from './endpoint-rows.ts';
import {kubeletRows} from './kubelet-rows.ts';
import {networkRows} from './network-rows.ts';
import type {Row} from './row.ts';

export const rows: readonly Row[] = [...kubeletRows, ...controlPlaneRows, ...networkRows, ...endpointRows];
