// How to turn WebGPU on, by browser.

import { Dialog } from '../controls/Dialog.tsx';

interface WebGpuDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function WebGpuDialog({ open, onOpenChange }: WebGpuDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Turning WebGPU on"
      description="The CPU computes the same numbers, only more slowly. To use the graphics processor:"
    >
      <dl className="how-to">
        <dt>Chrome, Edge</dt>
        <dd>
          Version 113 or later on Windows, macOS and ChromeOS, 121 on Android. Hardware acceleration must be on
          (Settings, System). On Linux, open <code>chrome://flags</code>, turn on “Unsafe WebGPU Support” and “Vulkan”,
          and restart. <code>chrome://gpu</code> says what stands in the way.
        </dd>
        <dt>Safari</dt>
        <dd>Version 26 or later, on macOS, iOS, iPadOS and visionOS.</dd>
        <dt>Firefox</dt>
        <dd>
          Version 141 or later on Windows. Elsewhere set <code>dom.webgpu.enabled</code> in <code>about:config</code>.
        </dd>
        <dt>Any browser</dt>
        <dd>The page must come over https or from localhost; plain http has no WebGPU.</dd>
      </dl>
    </Dialog>
  );
}
