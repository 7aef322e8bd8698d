package scale

import "encoding/binary"

// AppendU16 appends a fixed-width u16.
func AppendU16(b []byte, v uint16) []byte { return binary.LittleEndian.AppendUint16(b, v) }

// AppendU32 appends a fixed-width u32.
func AppendU32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

// AppendU64 appends a fixed-width u64.
func AppendU64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

// AppendU128 appends a fixed-width u128.
func AppendU128(b []byte, v U128) []byte { return AppendU64(AppendU64(b, v.Lo), v.Hi) }

// AppendBool appends 0 or 1.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendCompact appends v in the compact form.
func AppendCompact(b []byte, v uint64) []byte { return AppendCompactU128(b, U128{Lo: v}) }

// AppendCompactU128 appends a 128-bit integer in the compact form.
func AppendCompactU128(b []byte, v U128) []byte {
	switch {
	case v.Hi == 0 && v.Lo < 1<<6:
		return append(b, byte(v.Lo<<2))
	case v.Hi == 0 && v.Lo < 1<<14:
		return AppendU16(b, uint16(v.Lo<<2|1))
	case v.Hi == 0 && v.Lo < 1<<30:
		return AppendU32(b, uint32(v.Lo<<2|2))
	}
	n := v.byteLen()
	var wide [16]byte
	binary.LittleEndian.PutUint64(wide[:8], v.Lo)
	binary.LittleEndian.PutUint64(wide[8:], v.Hi)
	return append(append(b, byte((n-4)<<2|3)), wide[:n]...)
}

// AppendBytes appends a byte string with its length.
func AppendBytes(b, v []byte) []byte { return append(AppendCompact(b, uint64(len(v))), v...) }

// AppendVector appends a vector with one call of put per element.
func AppendVector[T any](b []byte, vs []T, put func([]byte, T) []byte) []byte {
	b = AppendCompact(b, uint64(len(vs)))
	for _, v := range vs {
		b = put(b, v)
	}
	return b
}
