// A look on the live camera: frames go from the camera to the graphics chip, and nowhere else.

/** Open the camera; calls `shape(width, height)` when it is known, and `draw(video)` each frame. */
export async function openCamera(shape, draw) {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = await navigator.mediaDevices.getUserMedia(
    { video: { width: { ideal: 1280 }, facingMode: 'user' } });
  await video.play();
  let size = '';
  let going = true;
  const frame = () => {
    if (!going) return;
    if (video.readyState >= 2) {
      if (size !== `${video.videoWidth} ${video.videoHeight}`) {
        size = `${video.videoWidth} ${video.videoHeight}`;
        shape(video.videoWidth, video.videoHeight);
      }
      draw(video);
    }
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(frame);
    else requestAnimationFrame(frame);
  };
  frame();
  return {
    video,
    close() {
      going = false;
      for (const track of video.srcObject.getTracks()) track.stop();
    },
  };
}
