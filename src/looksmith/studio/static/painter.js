// Draws a photo through a rendering with WebGL 2: what looksmith/rendering.py does, on the GPU.
//
//   const painter = new Painter(canvas);
//   painter.setPhoto(bitmap);                       // or a video, again for every frame
//   painter.setRendering(parseRendering(buffer));   // from /v1/looks/ID/rendering
//   painter.setSkin(layer);                         // from /v1/looks/ID/skin, or null
//   painter.draw({ grade: 0.7, mood: 1, skin: 0.5 }, 0.5);  // left of the middle: the photo as it is

import { jointLut } from './rendering.js';

const SKIN_STEPS = '508.0'; // of the server's layers: looksmith/studio/skin.py

const VERTEX = `#version 300 es
in vec2 corner;
out vec2 at;
void main() {
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp sampler3D;
in vec2 at;
out vec4 colour;
`;

// The photo at the canvas's size, upside down as textures are.
const COPY = `${HEAD}
uniform sampler2D photo;
void main() { colour = vec4(texture(photo, at).rgb, 1.0); }`;

const LOOK_UP = `
uniform sampler3D lut;
vec3 lookUp(vec3 v) {
  float n = float(textureSize(lut, 0).x);
  return texture(lut, (v * (n - 1.0) + 0.5) / n).rgb;
}`;

// What a stage makes of its input, in full.
const stageShader = (lut, grid) => `${HEAD}
uniform sampler2D entered;
uniform vec2 size;
uniform sampler3D grid;
${lut ? LOOK_UP : ''}

// The grid holds one block of levels each for the rows that make red, green and blue.
vec3 transformed(vec3 v, float guide, vec2 place) {
  vec3 cells = vec3(textureSize(grid, 0));
  float levels = cells.z / 3.0;
  vec2 xy = (place * (cells.xy - 1.0) + 0.5) / cells.xy;
  float level = guide * (levels - 1.0) + 0.5;
  vec4 one = vec4(v, 1.0);
  return vec3(
    dot(texture(grid, vec3(xy, level / cells.z)), one),
    dot(texture(grid, vec3(xy, (level + levels) / cells.z)), one),
    dot(texture(grid, vec3(xy, (level + 2.0 * levels) / cells.z)), one));
}

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec3 v = texelFetch(entered, pixel, 0).rgb;
  vec3 made = ${lut ? 'lookUp(v)' : 'v'};
  vec2 place = clamp((at * size - 0.5) / max(size - 1.0, 1.0), 0.0, 1.0);
  ${grid ? 'made = transformed(made, dot(v, vec3(0.2126, 0.7152, 0.0722)), place);' : ''}
  colour = vec4(made, 1.0);
}`;

// So much of it: the next stage's input; or what is seen, with a split, with what LUTs that follow
// make of it, and with skin.
const mixShader = (lut, skin) => `${HEAD}
uniform sampler2D source;
uniform sampler2D entered;
uniform sampler2D made;
uniform float amount;
uniform float split;
${lut ? LOOK_UP : ''}
${skin ? 'uniform sampler2D layer; uniform float skin;' : ''}
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  if (at.x < split) { colour = texelFetch(source, pixel, 0); return; }
  vec3 v = texelFetch(entered, pixel, 0).rgb;
  v = clamp(mix(v, texelFetch(made, pixel, 0).rgb, amount), 0.0, 1.0);
  ${lut ? 'v = clamp(lookUp(v), 0.0, 1.0);' : ''}
  ${skin ? `v += skin * (texture(layer, at).rgb * 255.0 - 128.0) / ${SKIN_STEPS};` : ''}
  colour = vec4(v, 1.0);
}`;

/** Every stage's input and outcome is kept: moving the last slider only mixes two textures. Moving
 * one that only LUTs follow mixes two and looks up in those LUTs as one, in the same pass. */
export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.stages = [];
    this.gl = canvas.getContext('webgl2', {
      alpha: false, antialias: false, preserveDrawingBuffer: true,
    });
    if (!this.gl) throw new Error('webgl');
    this.#prepare();
    canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    canvas.addEventListener('webglcontextrestored', () => this.#restore());
  }

  #prepare() {
    const gl = this.gl;
    this.programs = new Map();
    [this.textures, this.targets, this.joint] = [[], [], null];
    this.deep = Boolean(gl.getExtension('EXT_color_buffer_float'));
    // Software looks up whole floats twice as fast as halves.
    this.whole = Boolean(gl.getExtension('OES_texture_float_linear'));
    const corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    this.photo = gl.createTexture();
    this.layer = gl.createTexture();
  }

  #restore() {
    this.#prepare();
    if (this.source) this.setPhoto(this.source);
    this.setRendering(this.stages);
    this.setSkin(this.skin);
    if (this.last) this.draw(...this.last);
  }

  /** The photo: an ImageBitmap, image, canvas or video. */
  setPhoto(source) {
    const gl = this.gl;
    this.source = source;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.photo);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    const still = !source.videoWidth;
    if (still) gl.generateMipmap(gl.TEXTURE_2D);
    this.#filter(gl.TEXTURE_2D, still ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR, gl.LINEAR);
    this.stale = 0;
  }

  /** What skin in full adds to the photo with its rendering: an ImageBitmap, or null. */
  setSkin(layer) {
    this.skin = layer;
    if (!layer) return;
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.layer);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE, layer);
    this.#filter(gl.TEXTURE_2D, gl.LINEAR, gl.LINEAR);
  }

  #filter(kind, shrink, grow) {
    const gl = this.gl;
    gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, shrink);
    gl.texParameteri(kind, gl.TEXTURE_MAG_FILTER, grow);
    gl.texParameteri(kind, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(kind, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    if (kind === gl.TEXTURE_3D) gl.texParameteri(kind, gl.TEXTURE_WRAP_R, gl.CLAMP_TO_EDGE);
  }

  /** What is done to the photo: parsed stages, or [] for nothing. */
  setRendering(stages) {
    const gl = this.gl;
    this.stages = stages;
    for (const { lut, grid } of this.textures) for (const one of [lut, grid]) gl.deleteTexture(one);
    this.textures = stages.map(({ lut, grid }) => ({
      lut: lut && this.#texture(lut), grid: grid && this.#texture(grid),
    }));
    gl.deleteTexture(this.joint?.texture ?? null);
    this.joint = null;
    this.stale = 0;
  }

  #texture({ shape: [depth, height, width], data }) {
    const gl = this.gl;
    const texture = gl.createTexture();
    const kind = this.whole ? gl.RGBA32F : gl.RGBA16F;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_3D, texture);
    gl.texImage3D(gl.TEXTURE_3D, 0, kind, width, height, depth, 0, gl.RGBA, gl.FLOAT, data);
    this.#filter(gl.TEXTURE_3D, gl.LINEAR, gl.LINEAR);
    return texture;
  }

  /** A texture of the canvas's size to draw into; number 2i is what enters stage i, 2i + 1 what it
   * makes. */
  #target(number) {
    const gl = this.gl;
    if (!this.targets[number]) {
      const texture = gl.createTexture();
      const frame = gl.createFramebuffer();
      const { width, height } = this.canvas;
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const deep = this.deep && number > 0; // the photo has 8 bits, what is made of it may have more
      gl.texStorage2D(gl.TEXTURE_2D, 1, deep ? gl.RGBA16F : gl.RGBA8, width, height);
      this.#filter(gl.TEXTURE_2D, gl.NEAREST, gl.NEAREST);
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      this.targets[number] = { texture, frame };
    }
    return this.targets[number];
  }

  #clearTargets() {
    const { width, height } = this.canvas;
    const shape = `${width} ${height}`;
    if (shape === this.shape) return;
    this.shape = shape;
    this.stale = 0;
    for (const { texture, frame } of this.targets) {
      this.gl.deleteTexture(texture);
      this.gl.deleteFramebuffer(frame);
    }
    this.targets = [];
  }

  #program(source) {
    if (this.programs.has(source)) return this.programs.get(source);
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, code] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, source]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, code);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, 'corner');
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program));
    }
    this.programs.set(source, program);
    return program;
  }

  /** Run a shader over a target, or the canvas; `inputs` are textures (by kind) and numbers. */
  #pass(source, frame, textures, numbers = {}) {
    const gl = this.gl;
    const program = this.#program(source);
    const place = (name) => gl.getUniformLocation(program, name);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.useProgram(program);
    Object.entries(textures).forEach(([name, [kind, texture]], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(kind, texture);
      gl.uniform1i(place(name), unit);
    });
    for (const [name, value] of Object.entries(numbers)) {
      if (Array.isArray(value)) gl.uniform2f(place(name), ...value);
      else gl.uniform1f(place(name), value);
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** Draw; `amounts` by the name of the stage, `split` from 0 (all changed) to 1 (all as it is). */
  draw(amounts = {}, split = 0) {
    if (!this.source) return;
    const flat = this.gl.TEXTURE_2D;
    this.#clearTargets();
    const given = this.stages.map((stage) => stage.amount * (amounts[stage.name] ?? 1));
    const moved = given.findIndex((amount, i) => amount !== this.given?.[i]);
    // The stage whose input is the first that no longer holds.
    const from = Math.min(this.stale, moved < 0 ? Infinity : moved + 1);
    const to = this.#mixedLast(moved, from);
    [this.given, this.last] = [given, [amounts, split]];
    if (from === 0) this.#pass(COPY, this.#target(0).frame, { photo: [flat, this.photo] });
    for (let i = from; i <= to; i += 1) {
      if (i > 0) this.#mix(i - 1, this.#target(2 * i).frame);
      this.#make(i);
    }
    this.stale = to < this.stages.length - 1 ? to + 1 : Infinity;
    this.#finish(to, split, this.skin ? amounts.skin ?? 0 : 0);
  }

  /** The stage that is mixed on the canvas, where only LUTs follow it: the one that was moved; or
   * the last, if the same is drawn again. */
  #mixedLast(moved, from) {
    const deepest = this.textures.findLastIndex(({ grid }) => grid);
    if (moved < 0 && from > deepest) return this.stages.length - 1;
    return Math.max(moved, deepest);
  }

  /** So much of stage i into a target or on the canvas; `more` are inputs beside its own. */
  #mix(i, frame, more = {}, numbers = {}) {
    const flat = this.gl.TEXTURE_2D;
    const source = [flat, this.#target(0).texture];
    const inputs = { source, entered: source, made: source, ...more };
    if (i >= 0) {
      inputs.entered = [flat, this.#target(2 * i).texture];
      inputs.made = [flat, this.#target(2 * i + 1).texture];
    }
    this.#pass(mixShader(more.lut, more.layer), frame, inputs,
      { amount: this.given[i] ?? 0, split: 0, ...numbers });
  }

  /** The mix of stage i, what LUTs follow it, and skin on the canvas. */
  #finish(i, split, skin) {
    const more = {};
    const numbers = { split };
    if (i < this.stages.length - 1) more.lut = [this.gl.TEXTURE_3D, this.#joined(i + 1)];
    if (skin) {
      more.layer = [this.gl.TEXTURE_2D, this.layer];
      numbers.skin = skin;
    }
    this.#mix(i, null, more, numbers);
  }

  /** The LUTs from stage i on as one, with so much of each as is given. */
  #joined(i) {
    const key = `${i} ${this.given.slice(i)}`;
    if (this.joint?.key !== key) {
      this.gl.deleteTexture(this.joint?.texture ?? null);
      const parts = this.stages.slice(i).map(({ lut }, j) => [lut, this.given[i + j]]);
      this.joint = { key, texture: this.#texture(jointLut(parts)) };
    }
    return this.joint.texture;
  }

  #make(i) {
    const gl = this.gl;
    const { lut, grid } = this.textures[i];
    const inputs = { entered: [gl.TEXTURE_2D, this.#target(2 * i).texture] };
    if (lut) inputs.lut = [gl.TEXTURE_3D, lut];
    if (grid) inputs.grid = [gl.TEXTURE_3D, grid];
    const size = [this.canvas.width, this.canvas.height];
    this.#pass(stageShader(lut, grid), this.#target(2 * i + 1).frame, inputs, { size });
  }
}

/** Stages by control: the names that sliders have. */
export const amountsOf = ({ strength = 1, mood = 1, normalise = 1, skin = 0 }) =>
  ({ grade: strength, mood, normalise, skin });
