import { describe, expect, it } from '@jest/globals';
import { CallHistogram } from '../../src/hub/data-plane/call-histogram.ts';

const call = { environment: 'prod', release: 'v1', operation: 'customers.get', code: 'ok' };
const labels = 'environment="prod",operation="customers.get",release="v1",code="ok"';

describe('the histogram of calls', () => {
  it('counts into cumulative buckets, with sum and count', () => {
    const histogram = new CallHistogram();
    for (const seconds of [0.0004, 0.0005, 0.003, 60]) histogram.observe(call, seconds);
    const lines = histogram.render().split('\n');
    expect(lines).toContain(`stk_call_duration_seconds_bucket{${labels},le="0.0005"} 2`);
    expect(lines).toContain(`stk_call_duration_seconds_bucket{${labels},le="0.0025"} 2`);
    expect(lines).toContain(`stk_call_duration_seconds_bucket{${labels},le="0.005"} 3`);
    expect(lines).toContain(`stk_call_duration_seconds_bucket{${labels},le="10"} 3`);
    expect(lines).toContain(`stk_call_duration_seconds_bucket{${labels},le="+Inf"} 4`);
    expect(lines).toContain(`stk_call_duration_seconds_count{${labels}} 4`);
    expect(lines).toContain(`stk_call_duration_seconds_sum{${labels}} ${0.0004 + 0.0005 + 0.003 + 60}`);
    expect(lines).toContain('# TYPE stk_call_duration_seconds histogram');
  });

  it('keeps series of different labels apart', () => {
    const histogram = new CallHistogram();
    histogram.observe(call, 0.001);
    histogram.observe({ ...call, code: 'no-row' }, 0.001);
    histogram.observe({ ...call, environment: 'dev' }, 0.001);
    expect(histogram.render().match(/_count\{.*\} 1$/gm)).toHaveLength(3);
  });

  it('drops the series of releases that no longer serve, in their environment alone', () => {
    const histogram = new CallHistogram();
    histogram.observe(call, 0.001);
    histogram.observe({ ...call, release: 'v2' }, 0.001);
    histogram.observe({ ...call, environment: 'dev' }, 0.001);
    histogram.keepOnly('prod', 'v2');
    const text = histogram.render();
    expect(text).not.toContain('environment="prod",operation="customers.get",release="v1"');
    expect(text).toContain('environment="prod",operation="customers.get",release="v2"');
    expect(text).toContain('environment="dev",operation="customers.get",release="v1"');
    histogram.keepOnly('prod', undefined);
    expect(histogram.render()).not.toContain('environment="prod"');
  });
});
