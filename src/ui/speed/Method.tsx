// How it is measured, and what the words mean.

export function Method() {
  return (
    <details className="speed-method">
      <summary>How it is measured</summary>
      <div className="speed-method-body">
        <p>
          <b>A picture</b> is timed by the page’s clock inside the worker, from the call to the numbers, after one run
          that does not count; median and quartiles of at least three runs. <b>Kernels</b> are timed by the device’s own
          clock (timestamp queries): each run of the forward pass alone in a compute pass, repeated until it lasts long
          enough for that clock’s steps, in at least three rounds. What runs alone cannot overlap, so the kernels’ sum
          is a little more than the pass as a whole, which is timed too.
        </p>
        <p>
          <b>Operations</b> are those of the formulas: a product of n × k and k × m has 2nkm, an attention of K heads of
          width p K·n²(4p + 8), a multiply-add counts as two. <b>Bytes</b> are the least that must be moved: each
          operand read once and each result written once. A kernel that reads an operand again moves more, from a cache
          or from memory.
        </p>
        <p>
          <b>The roofs</b> are measured on this device, not taken from a data sheet: multiply-adds in registers (
          <code>peak_flops.wgsl</code>, sixteen independent chains an invocation) and reading a buffer larger than the
          caches (<code>peak_bytes.wgsl</code>), the best of five rounds each; their results are checked. At i
          operations a byte the roof is min(peak, bandwidth · i). A kernel under the slope is bound by memory, one under
          the flat roof by arithmetic; one above the slope is served by a cache. Small kernels lie far under both: for
          them the device spends its time on starting and on too few invocations.
        </p>
      </div>
    </details>
  );
}
